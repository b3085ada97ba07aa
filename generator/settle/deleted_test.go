package settle

import (
	"strings"
	"testing"
)

const job = "worker:|  enabled: true|  image: example.com/worker|  resources:|    limits:|      cpu: 100m|      memory: 128Mi"

var deletedTests = []ruleTest{
	{"a small change", "a.yaml", job, "", strings.Replace(job, "128Mi", "256Mi", 1), ""},
	{"a line more within it", "a.yaml", job, "", strings.Replace(job, "|  resources", "|  tty: true|  resources", 1), ""},
	{"with the blank line around it", "a.yaml", "|" + job, "", "|" + strings.Replace(job, "128Mi", "256Mi", 1), ""},
	{"a line less", "a.yaml", job, "", strings.Replace(job, "|  enabled: true", "", 1), ""},
	{"half of it", "a.yaml", job, "", "worker:|  enabled: true|  image: example.com/other|  replicas: 2", declined},
	{"a short line", "a.yaml", "image: redis:7.0", "", "image: redis:7.2", declined},
	{"a long line", "Makefile", "\tgo test -race -count=1 -timeout 5m ./... | tee log", "", "\tgo test -race -count=1 -timeout 9m ./... | tee log", ""},
	{"another name", "a.yaml", job, "", strings.Replace(job, "worker:", "runner:", 1), declined},
	{"something below it", "a.yaml", job, "", job + "|  extra: 1", ""},
	{"something beside it", "a.yaml", job, "", job + "|extra: 1", declined},
	{"and before it", "a.yaml", job, "", "extra: 1|" + job, declined},
	{"after a blank line", "a.yaml", job, "", job + "||  extra: 1", declined},
	{"an option more of a table", "a.toml", "[tool.a]|b = 'b c d e f'|g = 'h i j k l'", "", "[tool.a]|b = 'b c d e f'|g = 'h i j k l'|m = 1", ""},
	{"a table more", "a.toml", "[tool.a]|b = 'b c d e f'|g = 'h i j k l'", "", "[tool.a]|b = 'b c d e f'|g = 'h i j k l'|[tool.m]", declined},
	{"an item more of a part of a list", "a.yaml", "  - a b c d e|  - f g h i j", "", "  - a b c d e|  - f g h i j|  - k", declined},
	{"something like it between", "a.yaml", job + "|" + job, "", job + "|other:|  a: 1|" + job, declined},
	{"an item more in a list", "a.txt", "a b|c d|e f|g h|i j|k l", "", "a b|c d|e f|x y|g h|i j|k l", declined},
	{"replaced", "a.yaml", job, "other: 1", strings.Replace(job, "128Mi", "256Mi", 1), declined},
	{"by the template", "a.yaml", job, strings.Replace(job, "128Mi", "256Mi", 1), "", declined},
}

func TestStayDeleted(t *testing.T) {
	for _, tt := range deletedTests {
		tt.base, tt.theirs = strings.ReplaceAll(tt.base, " | ", " "), strings.ReplaceAll(tt.theirs, " | ", " ")
		tt.run(t, StayDeleted)
	}
}

func TestStayDeletedSays(t *testing.T) {
	_, said, ok := StayDeleted(hunk("a.yaml", job, "", strings.Replace(job, "128Mi", "256Mi", 1)))
	if want := "deleted by you; the template changed it: memory: 256Mi"; !ok || said != want {
		t.Errorf("got %q, %v", said, ok)
	}
}

// What stands at another place was moved, and needs the change there.
func TestStayDeletedMoved(t *testing.T) {
	h := hunk("a.yaml", job, "", strings.Replace(job, "128Mi", "256Mi", 1))
	h.YoursAdded = map[string]bool{"worker:": true}
	if _, said, ok := StayDeleted(h); ok {
		t.Error(said)
	}
}

// A line that the template changed and the user still has was not deleted: it needs the change.
func TestStayDeletedBeside(t *testing.T) {
	h := hunk("a.toml", "# What the linter asks of the code: errors and not taste.|target = 'py39'", "", "# What the linter asks of the code: errors and no taste.|target = 'py39'")
	h.YoursFewer = map[string]bool{"target = 'py39'": true}
	if _, said, ok := StayDeleted(h); ok {
		t.Error(said)
	}
}

// So was what the user has below another name, or within something else.
func TestStayDeletedKept(t *testing.T) {
	h := hunk("a.yaml", job, "", strings.Replace(job, "128Mi", "256Mi", 1))
	h.YoursFewer = map[string]bool{"worker:": true, "image: example.com/worker": true, "limits:": true}
	if _, said, ok := StayDeleted(h); ok {
		t.Error(said)
	}
	h.YoursFewer["cpu: 100m"] = true
	if _, said, ok := StayDeleted(h); ok {
		t.Error("the changed line is there: " + said)
	}
	h.YoursFewer["memory: 128Mi"] = true
	if _, _, ok := StayDeleted(h); !ok {
		t.Error("most of it is gone")
	}
}

// What both sides have already may be what the user made of it.
func TestStayDeletedWithin(t *testing.T) {
	h := hunk("a.yaml", job, "", strings.Replace(job, "128Mi", "256Mi", 1))
	h.Head = []string{"runner:"}
	if _, said, ok := StayDeleted(h); ok {
		t.Error(said)
	}
}

// What the template names anew has to be there.
func TestStayDeletedNamed(t *testing.T) {
	h := hunk("a.yaml", job, "", strings.Replace(job, "128Mi", "256Mi", 1))
	h.TemplateAdded = map[string]bool{"memory: 256Mi": true}
	if _, _, ok := StayDeleted(h); !ok {
		t.Error("nothing names it")
	}
	h.TemplateAdded["needs: [test, worker]"] = true
	if _, said, ok := StayDeleted(h); ok {
		t.Error(said)
	}
}
