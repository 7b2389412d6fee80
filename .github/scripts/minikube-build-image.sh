#!/usr/bin/env bash
# Builds an image and loads it into Minikube: minikube-build-image.sh NAME CONTEXT DOCKERFILE
set -euo pipefail
docker build --tag "$1" --file "$3" "$2"
minikube image load "$1"
