package merge

// codeKinds are programs, what builds them, and a text about them.
var codeKinds = []kind{
	{file: "Dockerfile", keys: noKeys, section: stages, comment: "#", text: `FROM node:22 AS assets
WORKDIR /app
COPY package.json .
RUN npm ci
COPY . .
RUN npm run build

FROM golang:1.24 AS build
WORKDIR /app
COPY go.mod .
RUN go mod download
COPY . .
RUN go build -o server ./cmd/server

FROM golang:1.24 AS tools
WORKDIR /app
COPY go.mod .
RUN go mod download
COPY . .
RUN go build -o migrate ./cmd/migrate

FROM debian:12
ENV PORT=8000
WORKDIR /app
COPY --from=build /app/server .
COPY --from=tools /app/migrate .
USER 1000
CMD ./server
`},
	{file: "Makefile", keys: makeKeys, comment: "#", text: `GO ?= go
VERSION ?= 1.4.0

build:
	mkdir -p bin
	$(GO) build -o bin/server ./cmd/server

tools:
	mkdir -p bin
	$(GO) build -o bin/migrate ./cmd/migrate

test:
	mkdir -p out
	$(GO) test ./...

cover:
	mkdir -p out
	$(GO) test -coverprofile=out/cover ./...

clean:
	rm -rf bin
	rm -rf out
`},
	{file: "app/models.py", keys: pyKeys, code: "python", comment: "#", text: `import json
import os
import re

LIMITS = {
    "small": 10,
    "large": 100,
}

class User:
    name: str = ""
    email: str = ""
    age: int = 0

    def load(self, path):
        with open(path) as f:
            return json.load(f)

    def save(self, path):
        with open(path, "w") as f:
            json.dump(self, f)

    def check(self):
        return re.match("[a-z]+", self.name)

class Group:
    name: str = ""
    size: int = 0

    def load(self, path):
        with open(path) as f:
            return json.load(f)

def home():
    return os.environ["HOME"]

def slug(text):
    text = text.lower()
    return re.sub("[^a-z]", "-", text)
`, extra: `def now():
    return time.time()

def digest(data):
    return hashlib.sha256(data)

def dump(value):
    return json.dumps(value)

def root(path):
    return os.path.dirname(path)

def words(text):
    return re.findall("[a-z]+", text)
`},
	{file: "server/server.go", keys: goKeys, code: "go", comment: "//", text: `package server

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
)

type Config struct {
	Addr  string
	Port  int
	Debug bool
}

type Limits struct {
	Size int
	Rate int
}

var routes = []Route{
	{"GET", "/users", 1},
	{"GET", "/groups", 1},
	{"POST", "/users", 2},
}

func Load(path string) (Config, error) {
	var c Config
	data, err := os.ReadFile(path)
	if err != nil {
		return c, err
	}
	return c, json.Unmarshal(data, &c)
}

func Save(path string, c Config) error {
	data, err := json.Marshal(c)
	if err != nil {
		return err
	}
	return os.WriteFile(path, data, 0o644)
}

func Name(c Config) string {
	return fmt.Sprintf("%s:%d", c.Addr, c.Port)
}

func Slug(text string) string {
	text = strings.ToLower(text)
	return strings.ReplaceAll(text, " ", "-")
}
`, extra: `func Now() string {
	return time.Now().String()
}

func Title(text string) string {
	return strings.TrimSpace(text)
}

func Show(c Config) {
	fmt.Println(c.Addr)
}

func Home() string {
	return os.Getenv("HOME")
}

func Sorted(names []string) {
	sort.Strings(names)
}
`},
	{file: "README.md", keys: noKeys, section: headings, text: `# Hello
A small web service.

## Install
- Install Go 1.24
- Run make build
- Copy the binary

## Usage
- Set PORT to 8000
- Run make serve
- Open the browser

## Develop
- Install Go 1.24
- Run make test
- Run make lint
`},
}
