package merge

// configKinds are other files of settings.
var configKinds = []kind{
	{file: "pyproject.toml", free: true, keys: iniKeys, section: brackets, comment: "#", text: `[project]
name = "hello"
version = "0.1.0"
requires-python = ">=3.11"
dependencies = [
    "flask>=3.0",
    "sqlalchemy>=2.0",
    "httpx>=0.27",
]

[project.optional-dependencies]
dev = [
    "pytest>=8.0",
    "ruff>=0.6",
]
docs = [
    "sphinx>=8.0",
    "furo>=2024.8",
]

[tool.ruff]
line-length = 100
target-version = "py311"

[[tool.mypy.overrides]]
module = "flask_login.*"
ignore_missing_imports = true
disallow_untyped_defs = false

[[tool.mypy.overrides]]
module = "celery.*"
ignore_missing_imports = true
disallow_untyped_defs = false

[[tool.mypy.overrides]]
module = "boto3.*"
ignore_missing_imports = true
disallow_untyped_defs = false
`},
	{file: "Cargo.toml", free: true, keys: iniKeys, section: brackets, comment: "#", text: `[package]
name = "hello"
version = "0.1.0"
edition = "2021"

[dependencies]
serde = "1.0"
tokio = "1.40"
anyhow = "1.0"

[[bin]]
name = "server"
path = "src/bin/server.rs"
test = false

[[bin]]
name = "worker"
path = "src/bin/worker.rs"
test = false

[[bench]]
name = "parse"
harness = false

[[bench]]
name = "render"
harness = false

[profile.release]
lto = true
strip = true
`},
	{file: "package.json", free: true, keys: jsonKeys, commas: true, text: `{
  "name": "hello",
  "version": "1.0.0",
  "private": true,
  "files": [
    "dist",
    "src",
    "README.md"
  ],
  "scripts": {
    "build": "tsc -p .",
    "test": "vitest run",
    "lint": "eslint src"
  },
  "contributors": [
    {
      "name": "Ann",
      "email": "ann@example.com"
    },
    {
      "name": "Bob",
      "email": "bob@example.com"
    }
  ],
  "lint-staged": {
    "*.ts": [
      "eslint --fix",
      "prettier --write"
    ],
    "*.css": [
      "stylelint --fix",
      "prettier --write"
    ]
  },
  "devDependencies": {
    "eslint": "^9.1.0",
    "prettier": "^3.3.0",
    "vitest": "^2.1.0"
  }
}
`},
	{file: ".eslintrc.json", free: true, keys: jsonKeys, commas: true, text: `{
  "root": true,
  "extends": [
    "eslint:recommended",
    "prettier"
  ],
  "overrides": [
    {
      "files": [
        "*.ts"
      ],
      "parser": "ts-parser",
      "rules": {
        "no-console": "warn",
        "eqeqeq": "error"
      }
    },
    {
      "files": [
        "*.vue"
      ],
      "parser": "ts-parser",
      "rules": {
        "no-console": "warn",
        "eqeqeq": "error"
      }
    },
    {
      "files": [
        "*.test.ts"
      ],
      "rules": {
        "no-console": "off",
        "eqeqeq": "error"
      }
    }
  ]
}
`},
	{file: ".vscode/launch.json", keys: jsonKeys, commas: true, text: `{
  "version": "0.2.0",
  "configurations": [
    {
      "type": "go",
      "request": "launch",
      "mode": "auto",
      "program": "./cmd/server"
    },
    {
      "type": "go",
      "request": "launch",
      "mode": "auto",
      "program": "./cmd/worker"
    },
    {
      "type": "go",
      "request": "launch",
      "mode": "test",
      "program": "./..."
    }
  ]
}
`},
	{file: "requirements.txt", free: true, keys: reqKeys, comment: "#", text: `flask==3.0.3
sqlalchemy==2.0.32
httpx==0.27.2
# needed for the tasks
celery==5.4.0
redis==5.0.8
gunicorn==23.0.0
# for the tests
pytest==8.3.2
coverage==7.6.1
`},
	{file: ".env.example", free: true, keys: iniKeys, comment: "#", text: `# where it listens
HOST=0.0.0.0
PORT=8000
# the database
DB_HOST=db
DB_PORT=5432
DB_NAME=hello
# the cache
CACHE_HOST=cache
CACHE_PORT=6379
LOG_LEVEL=info
`},
	{file: "deploy/nginx.conf", keys: confKeys, comment: "#", text: `upstream app {
    server app1:8000;
    server app2:8000;
}
server {
    listen 80;
    server_name example.com;
    location / {
        proxy_pass http://app;
        proxy_set_header Host $host;
        proxy_read_timeout 30s;
    }
    location /static {
        root /srv/www;
        expires 7d;
    }
}
server {
    listen 80;
    server_name admin.example.com;
    location / {
        proxy_pass http://app;
        proxy_set_header Host $host;
        proxy_read_timeout 30s;
    }
}
server {
    listen 80;
    server_name api.example.com;
    location / {
        proxy_pass http://app;
        proxy_set_header Host $host;
        proxy_read_timeout 30s;
    }
}
`},
	{file: "deploy/hello.service", keys: noKeys, section: brackets, comment: "#", text: `[Unit]
Description=Hello
After=network.target
After=postgresql.service

[Service]
User=www
Environment=PORT=8000
Environment=LOG_LEVEL=info
ExecStartPre=/usr/bin/hello migrate
ExecStart=/usr/bin/hello serve
Restart=on-failure
RestartSec=5

[Install]
WantedBy=multi-user.target
`},
	{file: "deploy/main.tf", free: true, keys: confKeys, comment: "#", text: `resource "aws_security_group" "web" {
  name = "web"
  ingress {
    from_port = 80
    to_port = 80
    protocol = "tcp"
  }
  ingress {
    from_port = 443
    to_port = 443
    protocol = "tcp"
  }
}
resource "aws_security_group" "admin" {
  name = "admin"
  ingress {
    from_port = 22
    to_port = 22
    protocol = "tcp"
  }
  ingress {
    from_port = 443
    to_port = 443
    protocol = "tcp"
  }
}
`},
}
