"""The demo this project grew from, rebuilt: one picture a request, answered by Keras' `model.predict`."""

import sys

import cv2
import numpy as np
from flask import Flask, request

from recognizer.bundles import load
from recognizer.learning import networks

app = Flask(__name__)
trained = load("seed")
model = networks.build("seed")
for weight in model.weights:
    weight.assign(trained.weights[weight.path])


@app.post("/predict")
def predict() -> dict[str, int]:
    pixels = cv2.imdecode(np.frombuffer(request.get_data(), np.uint8), cv2.IMREAD_GRAYSCALE)
    image = cv2.resize(pixels, (28, 28)).reshape(1, 28, 28, 1) / 255
    return {"digit": int(model.predict(image, verbose=0)[0].argmax())}


if __name__ == "__main__":
    app.run(port=int(sys.argv[1]))
