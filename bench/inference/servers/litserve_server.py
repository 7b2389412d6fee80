"""LitServe: batching on, two workers with the model, the queue between them and the HTTP process that it calls fast."""

import sys

import litserve

from sentiment import Sentiment


class SentimentAPI(litserve.LitAPI):
    def setup(self, device):
        self.model = Sentiment()

    def decode_request(self, request):
        return request["text"]

    def predict(self, texts):
        return self.model.answers(texts)

    def encode_response(self, answer):
        return answer


if __name__ == "__main__":
    api = SentimentAPI(max_batch_size=32, batch_timeout=0.005)
    server = litserve.LitServer(api, accelerator="cpu", workers_per_device=2, fast_queue=True)
    server.run(port=int(sys.argv[1]), num_api_servers=2, log_level="warning", generate_client_file=False)
