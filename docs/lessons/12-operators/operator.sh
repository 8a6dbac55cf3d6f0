#!/bin/sh
# An operator: for each Website it makes a Deployment that is as the Website says, and again whenever one changes.
# With --once it looks at what is there and ends; without, it goes on until Ctrl-C.
watch=--watch
[ "${1:-}" = --once ] && watch=--watch=false

reconcile() { # name uid version copies
  kubectl apply -f - <<EOF
apiVersion: apps/v1
kind: Deployment
metadata:
  name: $1
  ownerReferences:
    - {apiVersion: lessons.shoal.dev/v1, kind: Website, name: $1, uid: $2, controller: true}
spec:
  replicas: $4
  selector: {matchLabels: {website: $1}}
  template:
    metadata: {labels: {website: $1}}
    spec:
      containers:
        - {name: website, image: "website:$3"}
EOF
}

kubectl get websites $watch --no-headers \
  -o custom-columns=NAME:.metadata.name,UID:.metadata.uid,VERSION:.spec.version,COPIES:.spec.copies |
  while read -r name uid version copies; do reconcile "$name" "$uid" "$version" "$copies"; done
