package merge

import "testing"

// One side splits or moves a block, and the other changes what is in it: both are kept. Lines
// merge all but the last two so, and what looks into blocks must let that stand.
var splitTests = []struct{ what, name, base, ours, theirs, want string }{
	{"a section is split, and what goes into the new one is changed", "app.ini",
		"[a]|type = t|port = 1|#|name = x|#|path = y", "[a]|type = t|port = 1|#|[b]|name = x|#|path = y", "[a]|type = t|port = 1|#|name = x|#|path = z", "[a]|type = t|port = 1|#|[b]|name = x|#|path = z"},
	{"with a line that both have", "app.ini",
		"[a]|on = 1|port = 1|#|[b]|on = 1|path = y", "[a]|on = 1|port = 1|#|[c]|on = 1|path = y", "[a]|on = 1|port = 1|#|[b]|on = 1|path = z", "[a]|on = 1|port = 1|#|[c]|on = 1|path = z"},
	{"a unit", "a.service",
		"[Service]|Environment=A=1|Restart=no|Environment=B=1|Restart=no|ExecStart=/a", "[Service]|Environment=A=1|Restart=no|Environment=B=1|[Install]|Restart=no|ExecStart=/a", "[Service]|Environment=A=1|Restart=no|Environment=B=1|Restart=no|ExecStart=/b", "[Service]|Environment=A=1|Restart=no|Environment=B=1|[Install]|Restart=no|ExecStart=/b"},
	{"a mapping", "a.yaml",
		"a:|  x: 1|  l:|    - t|  y: 1|  m:|    - t|  z: 1", "a:|  x: 1|  l:|    - t|  y: 1|b:|  m:|    - t|  z: 1", "a:|  x: 1|  l:|    - t|  y: 1|  m:|    - t|  z: 2", "a:|  x: 1|  l:|    - t|  y: 1|b:|  m:|    - t|  z: 2"},
	{"a section of text", "a.md",
		"# a|- x|- run it|- y|- run it|- z", "# a|- x|- run it|- y|# b|- run it|- z", "# a|- x|- run it|- y|- run it|- w", "# a|- x|- run it|- y|# b|- run it|- w"},
	{"a stage", "Dockerfile",
		"FROM a|RUN x|WORKDIR /|COPY y y|WORKDIR /|CMD z", "FROM a|RUN x|WORKDIR /|COPY y y|FROM b|WORKDIR /|CMD z", "FROM a|RUN x|WORKDIR /|COPY y y|WORKDIR /|CMD w", "FROM a|RUN x|WORKDIR /|COPY y y|FROM b|WORKDIR /|CMD w"},
	{"a section moves up, and what is in it is changed", "app.ini",
		"[a]|x = 1|y = 1|type = t||[b]|v = 1|w = 1|u = 1|type = t|port = 2|", "[b]|v = 1|w = 1|u = 1|type = t|port = 2||[a]|x = 1|y = 1|type = t|", "[a]|x = 1|y = 1|type = t||[b]|v = 1|w = 1|u = 1|type = t|port = 3|", "[b]|v = 1|w = 1|u = 1|type = t|port = 3||[a]|x = 1|y = 1|type = t|"},
	{"a key moves up", "a.yaml",
		"a:|  x: 1|  y: 1|  type: t|b:|  v: 1|  w: 1|  u: 1|  type: t|  port: 2", "b:|  v: 1|  w: 1|  u: 1|  type: t|  port: 2|a:|  x: 1|  y: 1|  type: t", "a:|  x: 1|  y: 1|  type: t|b:|  v: 1|  w: 1|  u: 1|  type: t|  port: 3", "b:|  v: 1|  w: 1|  u: 1|  type: t|  port: 3|a:|  x: 1|  y: 1|  type: t"},
	{"both delete a job's header", "ci.yml",
		"jobs:|  a:|    runs-on: x|    steps:|      - run: 1|  b:|    runs-on: x|    steps:|      - run: 2|      - run: 3", "jobs:|  a:|    runs-on: x|    steps:|      - run: 1|      - run: 2|      - run: 3|env: 1", "jobs:|  a:|    runs-on: x|    steps:|      - run: 0|      - run: 2|      - run: 3", "jobs:|  a:|    runs-on: x|    steps:|      - run: 0|      - run: 2|      - run: 3|env: 1"},
}

func TestSplit(t *testing.T) {
	for _, tt := range splitTests {
		r := Merge(tt.name, barred(tt.base), barred(tt.ours), barred(tt.theirs), Options{Labels: labels})
		if got := barConflicts(r); got != tt.want {
			t.Errorf("%s, %s: it is\n%s, want\n%s\nnotes %q", tt.what, tt.name, got, tt.want, r.Notes)
		}
	}
}
