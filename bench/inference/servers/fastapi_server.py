"""FastAPI with the model in each process: `app` runs it on a thread, `blocking` on the event loop."""

from fastapi import FastAPI
from pydantic import BaseModel

from sentiment import Sentiment

app = FastAPI()
blocking = FastAPI()
model = Sentiment()


class Request(BaseModel):
    text: str


@app.post("/predict")
def predict(request: Request):
    return model.answers([request.text])[0]


@blocking.post("/predict")
async def predict_blocking(request: Request):
    return model.answers([request.text])[0]


@app.get("/health")
@blocking.get("/health")
async def health():
    return {"status": "ok"}
