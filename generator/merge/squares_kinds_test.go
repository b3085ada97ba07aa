package merge

import (
	"regexp"
	"slices"
)

// A kind is a file that projects have, and how it is read as a tree of blocks.
type kind struct {
	file    string         // its path
	section *regexp.Regexp // a line that begins a block at the top, up to the next one
	keys    *regexp.Regexp // the first submatch is the name of a block, which stands once in a list
	commas  bool           // whether commas stand between entries
	code    string         // the language, of which the imports follow from the rest
	comment string         // what a line of comment begins with
	free    bool           // whether the order of items says nothing
	text    string         // the file, of which bases are made
	extra   string         // blocks that a side may add at the top
}

var (
	yamlKeys = regexp.MustCompile(`^([\w./-]+):(?: |$)`)
	jsonKeys = regexp.MustCompile(`^"([^"]+)": `)
	iniKeys  = regexp.MustCompile(`^([\w.-]+) ?=|^\[([\w."-]+)\]$|^"([\w-]+)>=`)
	reqKeys  = regexp.MustCompile(`^([\w-]+)==`)
	pyKeys   = regexp.MustCompile(`^(?:async )?(?:def|class) (\w+)|^(\w+) ?[:=] |^"([^"]+)": `)
	goKeys   = regexp.MustCompile(`^func (?:\([^)]*\) )?(\w+)|^(?:type|var) (\w+) |^([A-Z]\w+) +[\w\[\]*.]+$|^"([^"]+)": `)
	makeKeys = regexp.MustCompile(`^([a-z][\w-]*):|^([A-Z_]+) [:?]?=`)
	confKeys = regexp.MustCompile(`^(?:location|upstream|server_name|resource|variable|output) ([^;]+?)(?: \{|;)|^(\w+) = `)
	noKeys   = regexp.MustCompile(`^()\x00`)
	brackets = regexp.MustCompile(`^\[`)
	stages   = regexp.MustCompile(`^FROM `)
	headings = regexp.MustCompile(`^## `)
	dashes   = regexp.MustCompile(`^---$`)
)

// kinds are all of them.
var kinds = slices.Concat(yamlKinds, configKinds, codeKinds)
