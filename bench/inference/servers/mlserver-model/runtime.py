"""A runtime of MLServer for the model: text in, the label and the scores out, as in our own service."""

from mlserver import MLModel
from mlserver.codecs import NumpyCodec, StringCodec
from mlserver.types import InferenceRequest, InferenceResponse

from sentiment import Sentiment


class SentimentRuntime(MLModel):
    async def load(self) -> bool:
        self.model = Sentiment()
        return True

    async def predict(self, payload: InferenceRequest) -> InferenceResponse:
        scores = self.model.scores(StringCodec.decode_input(payload.inputs[0]))
        labels = [self.model.labels[best] for best in scores.argmax(axis=1)]
        return InferenceResponse(
            model_name=self.name,
            outputs=[StringCodec.encode_output("label", labels), NumpyCodec.encode_output("scores", scores)],
        )
