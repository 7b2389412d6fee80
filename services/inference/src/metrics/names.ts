export const REQUESTS = 'inference_requests_total';
export const REQUEST_DURATION = 'inference_request_duration_seconds';
export const MODEL_DURATION = 'model_inference_duration_seconds';
export const ACTIVE_REQUESTS = 'inference_active_requests';
