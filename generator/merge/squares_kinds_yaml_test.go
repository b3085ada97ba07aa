package merge

// yamlKinds are files of YAML, most of them lists of items that read alike.
var yamlKinds = []kind{
	{file: ".github/workflows/ci.yml", keys: yamlKeys, comment: "#", text: `name: CI
on:
  push:
    branches: [main]
  pull_request:
env:
  GOFLAGS: -mod=readonly
jobs:
  test:
    runs-on: ubuntu-22.04
    strategy:
      matrix:
        include:
          - os: ubuntu-22.04
            go: 1.24
            race: true
          - os: macos-14
            go: 1.24
            race: true
          - os: windows-2022
            go: 1.24
            race: false
    steps:
      - uses: actions/checkout@v4
        with:
          fetch-depth: 1
      - uses: actions/setup-go@v5
        with:
          go-version: 1.24
          cache: true
      - run: go vet ./...
      - run: go test ./...
      - uses: actions/upload-artifact@v4
        with:
          path: cover.out
          retention-days: 7
  lint:
    runs-on: ubuntu-22.04
    steps:
      - uses: actions/checkout@v4
        with:
          fetch-depth: 1
      - uses: actions/setup-go@v5
        with:
          go-version: 1.24
          cache: true
      - run: make lint
  release:
    needs: [test, lint]
    runs-on: ubuntu-22.04
    steps:
      - uses: actions/checkout@v4
        with:
          fetch-depth: 1
      - uses: actions/setup-go@v5
        with:
          go-version: 1.24
          cache: true
      - run: |
          make build
          make release
      - uses: actions/upload-artifact@v4
        with:
          path: dist
          retention-days: 7
`},
	{file: "compose.yaml", free: true, keys: yamlKeys, comment: "#", text: `services:
  web:
    image: example/web:1.4
    restart: always
    environment:
      - LOG_LEVEL=info
      - DB_HOST=db
    ports:
      - "8000:8000"
    depends_on:
      - db
      - cache
    healthcheck:
      test: curl -f http://localhost:8000
      interval: 30s
      retries: 3
  worker:
    image: example/web:1.4
    restart: always
    environment:
      - LOG_LEVEL=info
      - DB_HOST=db
    depends_on:
      - db
      - cache
  beat:
    image: example/web:1.4
    restart: always
    environment:
      - LOG_LEVEL=info
      - DB_HOST=db
    depends_on:
      - db
      - cache
  db:
    image: postgres:16
    restart: always
    volumes:
      - db:/var/lib/postgresql/data
  cache:
    image: redis:7
    restart: always
volumes:
  db:
`},
	{file: "deploy/app.yaml", free: true, keys: yamlKeys, section: dashes, comment: "#", text: `---
apiVersion: v1
kind: Service
metadata:
  name: web
  labels:
    app: web
spec:
  selector:
    app: web
  ports:
    - port: 80
      targetPort: 8000
---
apiVersion: v1
kind: Service
metadata:
  name: admin
  labels:
    app: admin
spec:
  selector:
    app: admin
  ports:
    - port: 80
      targetPort: 8000
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  labels:
    app: web
spec:
  replicas: 2
  template:
    spec:
      containers:
        - name: web
          image: example/web:1.4
          env:
            - name: LOG_LEVEL
              value: info
            - name: DB_HOST
              value: db
          resources:
            limits:
              memory: 256Mi
        - name: proxy
          image: example/proxy:2.1
          env:
            - name: LOG_LEVEL
              value: info
          resources:
            limits:
              memory: 256Mi
`},
	{file: "values/stack.yaml", keys: yamlKeys, section: dashes, comment: "#", text: `---
region: eu-west-1
size: 2
tags:
  team: web
  tier: front
---
region: eu-west-2
size: 2
tags:
  team: web
  tier: front
---
region: us-east-1
size: 2
tags:
  team: data
  tier: back
`},
	{file: ".pre-commit-config.yaml", keys: yamlKeys, comment: "#", text: `repos:
  - repo: https://github.com/pre-commit/pre-commit-hooks
    rev: v4.6.0
    hooks:
      - id: trailing-whitespace
      - id: end-of-file-fixer
  - repo: local
    hooks:
      - id: lint
        entry: make lint
        language: system
        pass_filenames: false
  - repo: local
    hooks:
      - id: types
        entry: make types
        language: system
        pass_filenames: false
  - repo: https://github.com/astral-sh/ruff-pre-commit
    rev: v0.6.0
    hooks:
      - id: ruff
        args:
          - --fix
      - id: ruff-format
`},
	{file: ".gitlab-ci.yml", keys: yamlKeys, comment: "#", text: `stages:
  - test
  - build
  - deploy
test:
  stage: test
  image: golang:1.24
  script:
    - make deps
    - make test
  rules:
    - if: $CI_COMMIT_BRANCH == "main"
      when: always
    - if: $CI_COMMIT_TAG
      when: never
build:
  stage: build
  image: golang:1.24
  script:
    - make deps
    - make build
  rules:
    - if: $CI_COMMIT_BRANCH == "main"
      when: always
    - if: $CI_COMMIT_TAG
      when: always
deploy:
  stage: deploy
  image: alpine:3.20
  script:
    - make deps
    - make deploy
  rules:
    - if: $CI_COMMIT_TAG
      when: manual
`},
	{file: ".github/dependabot.yml", free: true, keys: yamlKeys, comment: "#", text: `version: 2
updates:
  - package-ecosystem: gomod
    directory: /
    schedule:
      interval: weekly
    labels:
      - dependencies
  - package-ecosystem: npm
    directory: /web
    schedule:
      interval: weekly
    labels:
      - dependencies
  - package-ecosystem: npm
    directory: /docs
    schedule:
      interval: weekly
    labels:
      - dependencies
  - package-ecosystem: docker
    directory: /
    schedule:
      interval: weekly
    labels:
      - dependencies
`},
	{file: "deploy/alerts.yml", free: true, keys: yamlKeys, comment: "#", text: `groups:
  - name: web
    rules:
      - alert: HighErrors
        expr: errors > 5
        for: 10m
        labels:
          severity: page
      - alert: HighLatency
        expr: latency > 2
        for: 10m
        labels:
          severity: page
  - name: worker
    rules:
      - alert: HighErrors
        expr: errors > 5
        for: 10m
        labels:
          severity: ticket
      - alert: LongQueue
        expr: queue > 100
        for: 10m
        labels:
          severity: ticket
`},
}
