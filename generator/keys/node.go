package keys

// A Node is a value in a JSON or TOML file and the offsets of its text, for whoever
// takes such a file apart.
type Node struct {
	// Names are what the value is assigned to: one in JSON, several where TOML has dots
	// between; none of an item of a list.
	Names []string
	// Start is where the names begin, Value where the value does, or both are one. End
	// is behind the value.
	Start, Value, End int
	// Open is what a list begins with, '{' or '['; 0 of a scalar.
	Open  byte
	Nodes []Node
	// Header is how many brackets a TOML header has around its names: one for a table,
	// two for a table of several; else 0.
	Header int
}

// ReadNodes reads content in a language, as Language names it: the values of JSON and
// TOML in the order of their lines, headers among them. It declines (ok is false) what
// Read declines.
func ReadNodes(language, content string) (nodes []Node, ok bool) {
	if !isReadable(content) {
		return nil, false
	}
	switch language {
	case "json", "json5":
		root, _, ok := parseJSON(content, language == "json5")
		return []Node{root}, ok
	case "toml":
		nodes, _, ok := parseTOML(content)
		return nodes, ok
	}
	return nil, false
}
