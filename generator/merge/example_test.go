package merge_test

import (
	"fmt"

	"scaffold/generator/merge"
)

func ExampleMerge() {
	base := []byte("name: hello\nport: 8000\nuser: www\n")
	ours := []byte("name: hello\nport: 9000\nuser: www\nmine: yes\n")
	theirs := []byte("name: hello\nport: 8080\nuser: www\n")
	r := merge.Merge("config.yaml", base, ours, theirs, merge.Options{Labels: merge.Labels{Ours: "yours", Base: "base", Theirs: "web 1.1.0"}})
	fmt.Printf("%s%d of the template's %d changes overlaps yours", r.Content, r.Theirs.Overlap, r.Theirs.Hunks)
	// Output:
	// name: hello
	// <<<<<<< yours
	// port: 9000
	// ||||||| base
	// port: 8000
	// =======
	// port: 8080
	// >>>>>>> web 1.1.0
	// user: www
	// mine: yes
	// 1 of the template's 1 changes overlaps yours
}
