package keys

import (
	"fmt"
	"strings"
	"testing"
)

// TestReadNodes wants the text of each node, in the order in which they end: names,
// value and what is around.
func TestReadNodes(t *testing.T) {
	for _, tt := range []struct{ language, content, want string }{
		{"json", `{"a" : [1, "x"], "b":{}}`, `1|"x"|"a" : [1, "x"]|"b":{}|{"a" : [1, "x"], "b":{}}`},
		{"json", "// c\n[ true , // d\n]", "true|[ true , // d\n]"},
		{"toml", "[ t . u ] # c\na . 'b' = 1 # c\n[[v]]\nx = [ \"1\", {y = 2 } ]", `[ t . u ]|a . 'b' = 1|[[v]]|"1"|y = 2|{y = 2 }|x = [ "1", {y = 2 } ]`},
		{"toml", "s = '''\n]\n'''", "s = '''\n]\n'''"},
		{"json", `{"a": }`, "declined"},
		{"toml", "a = \"1\" b = 2", "declined"},
		{"yaml", "a: 1", "declined"},
	} {
		got := "declined"
		if nodes, ok := ReadNodes(tt.language, tt.content); ok {
			got = strings.Join(textOf(tt.content, nodes), "|")
		}
		if got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.content, got, tt.want)
		}
	}
	nodes, _ := ReadNodes("toml", "a.\"b c\" = 1\n[[t]]\n")
	if got := fmt.Sprint(nodes[0].Names, nodes[1].Names, nodes[1].Header); got != "[a b c] [t] 2" {
		t.Errorf("names are %s", got)
	}
}

func textOf(content string, nodes []Node) (all []string) {
	for _, n := range nodes {
		all = append(all, textOf(content, n.Nodes)...)
		all = append(all, content[n.Start:n.End])
	}
	return all
}
