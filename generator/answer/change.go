package answer

// A Change is an answer that is not what it was last time.
type Change struct {
	Name     string
	Old, New string // as on a command line
	Was, Is  bool   // there was an old one, there is a new one
	Default  bool   // New is the pack's default
	Lapsed   string // why there is no new one, if its question does not apply now
}
