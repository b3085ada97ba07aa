// Package author is for whoever writes packs: it begins one, looks for what is
// wrong with it, renders its cases and compares them, takes projects of its
// earlier versions to the present one, and shows what two versions differ in.
//
// A pack cannot be run to the end, because it has too many answers. So [Lint]
// reads the parse trees of its templates, and renders it for answers of which
// every two stand together once ([Pairs]). What is wrong is an error; what its
// users will not notice but its readers will is a hint.
//
// A case is a file of the pack's testdata: answers in its comment, and the tree
// that they give. [Test] renders each and builds what is Go. For each earlier
// version it makes a project, edits it by a script and brings it up to date,
// through the functions that the commands call.
//
// Nothing here decides what a pack may be (that is package pack's) or what a
// template may do (package render's), and nothing here reports. Files are written
// by package apply alone; only folders for trials are made and removed here.
package author
