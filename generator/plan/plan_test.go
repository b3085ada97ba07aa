package plan

import (
	"io/fs"
	"strings"
	"testing"

	"scaffold/generator/merge"
	"scaffold/generator/tree"
)

var labels = Options{Labels: merge.Labels{Ours: "yours", Base: "base", Theirs: "web_1.1.0"}}

func with(r Resolution) Options {
	o := labels
	o.Conflict = r
	return o
}

var byLines = Options{Labels: labels.Labels, ByLines: func(path string) bool { return path == "f.cfg" }}

// conflict is what is left of a file whose one line all sides have differently.
func conflict(path, ours, base, theirs string) string {
	return path + "=<<<<<<<_yours," + ours + "|||||||_base," + base + "=======," + theirs + ">>>>>>>_web_1.1.0,"
}

// marks are what git leaves of a conflict.
const marks = "<<<<<<<_HEAD,ours,=======,theirs,>>>>>>>_two,"

// marked is said of a file with another merge's markers.
const marked = "has the conflict markers of another merge: resolve them, then regenerate"

// keeping leaves alone what begins with prefix.
func keeping(prefix string, moves ...Move) Options {
	o := moved(moves...)
	o.Keep = func(path string) bool { return strings.HasPrefix(path, prefix) }
	o.Since = func(string) string { return "1.0.0" }
	return o
}

const goesWith = ", which scaffold.yaml keeps; the template "

// The rows of the table, in its order.
var tableTests = []row{
	// before 1: scaffold.yaml keeps it
	{name: "kept: the template changed it", base: "f=x,", disk: "f=x,", theirs: "f=y,", options: keeping("f"),
		say: "keep f  kept by scaffold.yaml; the template changed it since 1.0.0"},
	{name: "kept: both changed it", base: "f=x,", disk: "f=y,", theirs: "f=z,", options: keeping("f"),
		say: "keep f  kept by scaffold.yaml; the template changed it since 1.0.0"},
	{name: "kept: the template made it executable", base: "f=x,", disk: "f=x,", theirs: "*f=x,", options: keeping("f"),
		say: "keep f  kept by scaffold.yaml; the template changed it since 1.0.0"},
	{name: "kept: the template dropped it", base: "f=x,", disk: "f=x,", options: keeping("f"),
		say: "keep f  kept by scaffold.yaml; the template dropped it since 1.0.0"},
	{name: "kept: the user deleted it", base: "f=x,", theirs: "f=y,", options: keeping("f"),
		say: "keep f  kept by scaffold.yaml; the template changed it since 1.0.0"},
	{name: "kept: both deleted it", base: "f=x,", options: keeping("f")},
	{name: "kept: new in the template", theirs: "f=y,", options: keeping("f"),
		say: "keep f  kept by scaffold.yaml; the template has it, and you do not"},
	{name: "kept: both added it", disk: "f=x,", theirs: "f=y,", options: keeping("f"),
		say: "keep f  kept by scaffold.yaml; the template has one too"},
	{name: "kept: both made the same change", base: "f=x,", disk: "f=y,", theirs: "f=y,", options: keeping("f")},
	{name: "kept: only the user changed it", base: "f=x,", disk: "f=y,", theirs: "f=x,", options: keeping("f")},
	{name: "kept: a link of the user's", base: "f=x,", disk: "@f=", theirs: "f=y,", options: keeping("f"),
		say: "keep f  kept by scaffold.yaml; the template changed it since 1.0.0"},
	{name: "kept: git's markers", base: "f=1,", disk: "f=" + marks, theirs: "f=1,", options: keeping("f")},
	{name: "kept: binary", base: `f=\0x`, disk: `f=\0y`, theirs: `f=\0z`, options: keeping("f"),
		say: "keep f  kept by scaffold.yaml; the template changed it since 1.0.0"},
	{name: "kept: a once-file for which an answer chose another template", base: "!f<a=x,", disk: "f=y,", theirs: "!f<b=z,", options: keeping("f"),
		say: "keep f  kept by scaffold.yaml; the template changed it since 1.0.0"},
	{name: "kept: moved from there by the template", base: "k/a<1=x,", disk: "k/a=y,", theirs: "b<2=z,", options: keeping("k/", Move{"k/a", "b"}),
		say: "keep b  goes with k/a" + goesWith + "has it, and you do not\nkeep k/a  kept by scaffold.yaml; the template moved it to b since 1.0.0"},
	{name: "kept: moved to there by the template", base: "a<1=x,", disk: "a=y,", theirs: "k/a<1=x,", options: keeping("k/"),
		say: "keep a  goes with k/a" + goesWith + "moved it to k/a since 1.0.0\nkeep k/a  kept by scaffold.yaml; the template has it, and you do not"},
	{name: "kept: moved to there by the user", base: "a=" + long + ",", disk: "k/a=" + long + ",", theirs: "a=" + long + ",1,", options: keeping("k/"),
		say: "keep a  moved by you to k/a; kept by scaffold.yaml; the template changed it since 1.0.0"},
	{name: "kept: moved from there by the user", base: "k/a=" + long + ",", disk: "b/a=" + long + ",", theirs: "k/a=" + long + ",1,", options: keeping("k/"),
		say: "keep k/a  moved by you to b/a; kept by scaffold.yaml; the template changed it since 1.0.0"},
	{name: "kept: one of those that are joined", base: "a=1, k=2, c=3,", disk: "a=1,0, k=2, c=3,", theirs: "c=3,4,", options: keeping("k", Move{"a", "c"}, Move{"k", "c"}),
		say: "keep a  goes with k" + goesWith + "dropped it since 1.0.0\nkeep c  goes with k" + goesWith + "changed it since 1.0.0\nkeep k  kept by scaffold.yaml; the template dropped it since 1.0.0"},
	{name: "kept: a folder where the template has a file now", base: "k/a=1,", disk: "k/a=1,", theirs: "k=2,", options: keeping("k/"),
		say: "keep k  goes with k/a" + goesWith + "has it, and you do not\nkeep k/a  kept by scaffold.yaml; the template dropped it since 1.0.0"},
	// 1: B, O=∅, T=∅
	{name: "deleted by both", base: "f=x,"},
	// 2: O = T
	{name: "both made the same change", base: "f=x,", disk: "f=y,", theirs: "f=y,"},
	{name: "a file of the user's that the template now writes alike", disk: "f=y,", theirs: "f=y,"},
	{name: "both made it executable", base: "f=x,", disk: "*f=x,", theirs: "*f=x,"},
	// before 3: O has the conflict markers of another merge
	{name: "git's markers, and the template changed the file", base: "f=1,2,3,", disk: "f=1," + marks + "3,", theirs: "f=1,2,4,",
		say: "conflict f  " + marked},
	{name: "git's markers, and the template left the file alone", base: "f=1,", disk: "f=" + marks, theirs: "f=1,",
		say: "conflict f  " + marked},
	{name: "git's markers, with a base and CRLF", base: "f=1,", disk: `f=<<<<<<<_HEAD\r,|||||||_1\r,=======\r,>>>>>>>_two\r,`, theirs: "f=2,",
		say: "conflict f  " + marked},
	{name: "git's markers in what the template dropped", base: "f=1,", disk: "f=" + marks,
		say: "conflict f  " + marked},
	{name: "git's markers in what the template adds", disk: "f=" + marks, theirs: "f=1,",
		say: "conflict f  " + marked},
	{name: "git's markers in a once-file", base: "!f=1,", disk: "f=" + marks, theirs: "!f=2,", options: with(Template),
		say: "conflict f  " + marked},
	{name: "git's markers beside those of the template", base: "f=<<<<<<<_a,=======,>>>>>>>_b,", disk: "f=<<<<<<<_a,=======,>>>>>>>_b," + marks, theirs: "f=<<<<<<<_a,=======,>>>>>>>_b,1,",
		say: "conflict f  " + marked},
	{name: "the template's markers", base: "f=<<<<<<<_a,=======,>>>>>>>_b,", disk: "f=0,<<<<<<<_a,=======,>>>>>>>_b,", theirs: "f=<<<<<<<_a,=======,>>>>>>>_b,1,",
		say: "merge f  your 1 line and the template's 1", after: "f=0,<<<<<<<_a,=======,>>>>>>>_b,1,"},
	{name: "a whole set of markers of which git knows nothing", base: "f=1,2,3,", disk: "f=" + marks + "1,2,3,", theirs: "f=1,2,4,",
		options: Options{Unmerged: func(string) bool { return false }}, say: "merge f  your 5 lines and the template's 1", after: "f=" + marks + "1,2,4,"},
	{name: "lines of markers that are no set", base: "f=1,", disk: "f=<<<<<<<_a,0,>>>>>>>_b,=======,1,", theirs: "f=1,2,",
		say: "merge f  your 4 lines and the template's 1", after: "f=<<<<<<<_a,0,>>>>>>>_b,=======,1,2,"},
	// 3: T = B
	{name: "only the user changed it", base: "f=x,", disk: "f=y,", theirs: "f=x,"},
	{name: "only the user deleted it", base: "f=x,", theirs: "f=x,"},
	{name: "only the user made it executable", base: "f=x,", disk: "*f=x,", theirs: "f=x,"},
	{name: "the user made it a link and the template left it alone", base: "f=x,", disk: "@f=", theirs: "f=x,"},
	{name: "the user made it a folder and the template left it alone", base: "f=x,", disk: "/f= f/a=1,", theirs: "f=x,"},
	{name: "another template writes the same", base: "f<a=x,", disk: "f=y,", theirs: "f<b=x,"},
	// 4: once
	{name: "once: the template's change is not for them", base: "!f=x,", disk: "f=y,", theirs: "!f=z,",
		say: "keep f  yours once edited; the template changed it"},
	{name: "once: untouched", base: "!f=x,", disk: "f=x,", theirs: "!f=z,", say: "update f", after: "f=z,"},
	{name: "once: untouched but for the ends of its lines", base: "!f=x,", disk: `f=x\r,`, theirs: "!f=z,",
		say: "merge f  your line endings and the template's 1 line", after: `f=z\r,`},
	{name: "once: deleted, and stays so", base: "!f=x,", theirs: "!f=z,",
		say: "keep f  yours once edited; deleted by you; the template changed it"},
	{name: "once: another template, untouched", base: "!f<a=x,", disk: "f=x,", theirs: "!f<b=z,",
		say: "update f  your answers chose another template", after: "f=z,"},
	{name: "once: another template, edited", base: "!f<a=x,", disk: "f=y,", theirs: "!f<b=z,",
		say: "conflict f  your answers chose another template, and you changed this one; the template's is in f.scaffold-new", after: "f=y, f.scaffold-new=z,"},
	{name: "once: another template, deleted", base: "!f<a=x,", theirs: "!f<b=z,",
		say: "conflict f  your answers chose another template, and you deleted this one; the template's is in f.scaffold-new", after: "f.scaffold-new=z,"},
	{name: "once: another template, a link", base: "!f<a=x,", disk: "@f=", theirs: "!f<b=z,",
		say: "conflict f  is a symbolic link; the template's is in f.scaffold-new", after: "@f= f.scaffold-new=z,"},
	{name: "once: new", theirs: "!f=x,", say: "create f", after: "f=x,"},
	{name: "once: the user has one already", disk: "f=y,", theirs: "!f=x,", options: labels,
		say: "conflict f  you and the template both added it", after: conflict("f", "y,", "", "x,")},
	// 5: O or a parent folder is not what it should be
	{name: "a link stands where the template changed a file", base: "f=x,", disk: "@f=", theirs: "f=y,",
		say: "conflict f  is a symbolic link; the template's is in f.scaffold-new", after: "@f= f.scaffold-new=y,"},
	{name: "a link stands where the template adds a file", disk: "@f=", theirs: "f=y,",
		say: "conflict f  is a symbolic link; the template's is in f.scaffold-new", after: "@f= f.scaffold-new=y,"},
	{name: "a folder stands where the template changed a file", base: "f=x,", disk: "/f= f/mine=1,", theirs: "f=y,",
		say: "conflict f  is a folder; the template's is in f.scaffold-new", after: "/f= f/mine=1, f.scaffold-new=y,"},
	// 6: B, O=∅, T
	{name: "deleted by the user, changed by the template", base: "f=x,", theirs: "f=y,",
		say: "keep f  deleted by you; the template changed it"},
	// 7: O = B, T
	{name: "only the template changed it", base: "f=x,", disk: "f=x,", theirs: "f=y,", say: "update f", after: "f=y,"},
	{name: "only the template made it executable", base: "f=x,", disk: "f=x,", theirs: "*f=x,",
		say: "update f  becomes executable", after: "*f=x,"},
	{name: "only the template made it plain", base: "*f=x,", disk: "*f=x,", theirs: "f=x,",
		say: "update f  is no longer executable", after: "f=x,"},
	{name: "binary, changed by the template", base: `f=\0x`, disk: `f=\0x`, theirs: `f=\0y`, say: "update f", after: `f=\0y`},
	// 8: O = B, T=∅
	{name: "only the template dropped it", base: "f=x,", disk: "f=x,", say: "delete f", after: "-"},
	{name: "the user's other files stay", base: "d/f=x,", disk: "d/f=x, d/mine=1,", say: "delete d/f", after: "d/mine=1,"},
	// 9: B, O, T=∅
	{name: "the template dropped what the user changed", base: "f=x,", disk: "f=y,", say: "keep f  the template dropped it; it has your changes"},
	{name: "the template dropped what the user made executable", base: "f=x,", disk: "*f=x,", say: "keep f  the template dropped it; it has your changes"},
	{name: "the template dropped what is a link", base: "f=x,", disk: "@f=", say: "keep f  the template dropped it; it is a symbolic link"},
	// 10: B=∅, O=∅, T
	{name: "new in the template", theirs: "f=y,", say: "create f", after: "f=y,"},
	{name: "new and executable", theirs: "*d/f=y,", say: "create d/f", after: "*d/f=y,"},
	// 11: B=∅, O, T
	{name: "both added it, differently", disk: "f=x,", theirs: "f=y,", options: labels,
		say: "conflict f  you and the template both added it", after: conflict("f", "x,", "", "y,")},
	{name: "both added it; what they share is no conflict", disk: "f=1,x,2,", theirs: "f=1,y,2,", options: labels,
		say: "conflict f  you and the template both added it", after: strings.Replace(conflict("f", "x,", "", "y,"), "=<", "=1,<", 1) + "2,"},
	{name: "both added it, binary", disk: `f=\0y`, theirs: `f=\0z`,
		say: "conflict f  you and the template both added it; the template's is in f.scaffold-new", after: `f=\0y f.scaffold-new=\0z`},
	{name: "both added it, the template's executable", disk: "f=y,", theirs: "*f=y,",
		say: "merge f  you and the template both added it", after: "*f=y,"},
	{name: "both added it, the user's executable", disk: "*f=y,", theirs: "f=y,",
		say: "keep f  you and the template both added it"},
	// 12: binary, or over 8 MiB
	{name: "binary, changed by both", base: `f=\0x`, disk: `f=\0y`, theirs: `f=\0z`,
		say: "conflict f  cannot be merged line by line; the template's is in f.scaffold-new", after: `f=\0y f.scaffold-new=\0z`},
	{name: "binary on one side is enough", base: "f=x,", disk: `f=\0y`, theirs: "f=z,",
		say: "conflict f  cannot be merged line by line; the template's is in f.scaffold-new", after: `f=\0y f.scaffold-new=z,`},
	{name: "binary, but only one side changed the bytes", base: `f=\0x`, disk: `f=\0y`, theirs: `*f=\0x`,
		say: "merge f  your content and the template's mode", after: `*f=\0y`},
	{name: "binary, and the user made it executable", base: `f=\0x`, disk: `*f=\0x`, theirs: `f=\0y`,
		say: "merge f  your mode and the template's content", after: `*f=\0y`},
	// 13: B, O, T
	{name: "far apart", base: "f=1,2,3,4,5,", disk: "f=0,0,1,2,3,4,5,", theirs: "f=1,2,3,4,5,6,",
		say: "merge f  your 2 lines and the template's 1", after: "f=0,0,1,2,3,4,5,6,"},
	{name: "one line each", base: "f=1,2,3,4,5,", disk: "f=0,1,2,3,4,5,", theirs: "f=1,2,3,4,5,6,",
		say: "merge f  your 1 line and the template's 1", after: "f=0,1,2,3,4,5,6,"},
	{name: "on top of each other", base: "f=x,", disk: "f=y,", theirs: "f=z,", options: labels,
		say: "conflict f  1 of 1 change overlaps yours", after: conflict("f", "y,", "x,", "z,")},
	{name: "one of two on top", base: "f=x,2,3,4,5,", disk: "f=y,2,3,4,5,", theirs: "f=z,2,3,4,6,", options: labels,
		say: "conflict f  1 of 2 changes overlaps yours", after: conflict("f", "y,", "x,", "z,") + "2,3,4,6,"},
	{name: "two of two on top", base: "f=x,2,3,4,x,", disk: "f=y,2,3,4,y,", theirs: "f=z,2,3,4,z,", options: with(Mine),
		say: "keep f  2 of 2 changes overlap yours: yours kept"},
	{name: "the user has the template's change and more", base: "f=1,2,3,", disk: "f=0,1,2,3,4,", theirs: "f=1,2,3,4,"},
	{name: "one side edits, the other makes it executable", base: "f=x,", disk: "f=y,", theirs: "*f=x,",
		say: "merge f  your 1 line and the template's mode", after: "*f=y,"},
	{name: "the user makes it executable, the template edits", base: "f=x,", disk: "*f=x,", theirs: "f=y,",
		say: "merge f  your mode and the template's 1 line", after: "*f=y,"},
	{name: "line endings are the user's", base: "f=1,2,", disk: `f=1\r,2\r,`, theirs: "f=1,2,3,",
		say: "merge f  your line endings and the template's 1 line", after: `f=1\r,2\r,3\r,`},
	{name: "different keys that touch", base: "f.cfg=[s],a_=_k,b_=_k,", disk: "f.cfg=[s],a_=_o,b_=_k,", theirs: "f.cfg=[s],a_=_k,b_=_t,c_=_t,",
		say: "merge f.cfg  your 1 line and the template's 2; merged by key: review", after: "f.cfg=[s],a_=_o,b_=_t,c_=_t,"},
	{name: "different keys that touch, by lines", base: "f.cfg=[s],a_=_k,b_=_k,", disk: "f.cfg=[s],a_=_o,b_=_k,", theirs: "f.cfg=[s],a_=_k,b_=_t,c_=_t,",
		options: byLines, say: "conflict f.cfg  1 of 1 change overlaps yours",
		after: "f.cfg=[s],<<<<<<<_yours,a_=_o,b_=_k,|||||||_base,a_=_k,b_=_k,=======,a_=_k,b_=_t,c_=_t,>>>>>>>_web_1.1.0,"},
	{name: "a key that both changed, beside others", base: "f.cfg=[s],a_=_k,b_=_k,c_=_k,", disk: "f.cfg=[s],a_=_o,b_=_o,c_=_k,", theirs: "f.cfg=[s],a_=_k,b_=_t,c_=_t,d_=_t,",
		options: labels, say: "conflict f.cfg  1 of 1 change overlaps yours; the rest merged by key",
		after: "f.cfg=[s],a_=_o,<<<<<<<_yours,b_=_o,|||||||_base,b_=_k,=======,b_=_t,>>>>>>>_web_1.1.0,c_=_t,d_=_t,"},
	{name: "two keys that both changed, in one change", base: "f.cfg=[s],a_=_k,b_=_k,c_=_k,", disk: "f.cfg=[s],a_=_o,b_=_o,c_=_o,", theirs: "f.cfg=[s],a_=_t,b_=_o,c_=_t,",
		options: with(Mine), say: "keep f.cfg  2 of 2 changes overlap yours: yours kept; the rest merged by key"},
	{name: "keys that touch, moved by the template", base: "f.cfg<t=[s],a_=_k,b_=_k,c_=_k,", disk: "f.cfg=[s],a_=_o,b_=_k,c_=_k,", theirs: "g.cfg<t=[s],a_=_k,b_=_t,d_=_t,c_=_k,",
		say: "delete f.cfg  moved to g.cfg\nmerge g.cfg  moved from f.cfg; your 1 line and the template's 2; merged by key: review", after: "g.cfg=[s],a_=_o,b_=_t,d_=_t,c_=_k,"},
	{name: "a missing final newline is the user's", base: "f=1,2,3,4,", disk: "f=1,2,3,4", theirs: "f=0,2,3,4,",
		say: "merge f  your final newline and the template's 1 line", after: "f=0,2,3,4"},
}

// What is asked for settles conflicts, and nothing else.
var resolutionTests = []row{
	{name: "mine", base: "f=x,2,3,4,5,", disk: "f=y,2,3,4,5,", theirs: "f=z,2,3,4,6,", options: with(Mine),
		say: "merge f  1 of 2 changes overlaps yours: yours kept", after: "f=y,2,3,4,6,"},
	{name: "the template's", base: "f=x,2,3,4,5,", disk: "f=y,2,3,4,5,0,", theirs: "f=z,2,3,4,5,", options: with(Template),
		say: "merge f  1 of 1 change overlaps yours: the template's taken", after: "f=z,2,3,4,5,0,"},
	{name: "beside", base: "f=x,2,3,4,5,", disk: "f=y,2,3,4,5,", theirs: "f=z,2,3,4,6,", options: with(Beside),
		say: "conflict f  1 of 2 changes overlaps yours; the template's is in f.scaffold-new", after: "f=y,2,3,4,5, f.scaffold-new=z,2,3,4,6,"},
	{name: "mine, and the rest by key", base: "f.cfg=[s],a_=_k,b_=_k,c_=_k,", disk: "f.cfg=[s],a_=_o,b_=_o,c_=_k,", theirs: "f.cfg=[s],a_=_k,b_=_t,c_=_t,d_=_t,", options: with(Mine),
		say: "merge f.cfg  1 of 1 change overlaps yours: yours kept; the rest merged by key", after: "f.cfg=[s],a_=_o,b_=_o,c_=_t,d_=_t,"},
	{name: "beside, and none by key", base: "f.cfg=[s],a_=_k,b_=_k,c_=_k,", disk: "f.cfg=[s],a_=_o,b_=_o,c_=_k,", theirs: "f.cfg=[s],a_=_k,b_=_t,c_=_t,", options: with(Beside),
		say: "conflict f.cfg  1 of 1 change overlaps yours; the template's is in f.cfg.scaffold-new", after: "f.cfg=[s],a_=_o,b_=_o,c_=_k, f.cfg.scaffold-new=[s],a_=_k,b_=_t,c_=_t,"},
	{name: "beside does not hinder a clean merge", base: "f=1,2,3,", disk: "f=0,1,2,3,", theirs: "f=1,2,3,4,", options: with(Beside),
		say: "merge f  your 1 line and the template's 1", after: "f=0,1,2,3,4,"},
	{name: "mine, added by both", disk: "f=x,", theirs: "f=y,", options: with(Mine), say: "keep f  you and the template both added it: yours kept"},
	{name: "the template's, added by both", disk: "f=x,", theirs: "f=y,", options: with(Template),
		say: "update f  you and the template both added it: the template's taken", after: "f=y,"},
	{name: "beside, added by both", disk: "f=x,", theirs: "f=y,", options: with(Beside),
		say: "conflict f  you and the template both added it; the template's is in f.scaffold-new", after: "f=x, f.scaffold-new=y,"},
	{name: "mine, binary", base: `f=\0x`, disk: `f=\0y`, theirs: `f=\0z`, options: with(Mine), say: "keep f  cannot be merged line by line: yours kept"},
	{name: "the template's, binary, and the user's mode", base: `f=\0x`, disk: `*f=\0y`, theirs: `f=\0z`, options: with(Template),
		say: "update f  cannot be merged line by line: the template's taken", after: `*f=\0z`},
	{name: "the template's, once and deleted", base: "!f<a=x,", theirs: "!f<b=z,", options: with(Template),
		say: "create f  your answers chose another template, and you deleted this one: the template's taken", after: "f=z,"},
	{name: "a link stays a conflict: mine", base: "f=x,", disk: "@f=", theirs: "f=y,", options: with(Mine),
		say: "conflict f  is a symbolic link; the template's is in f.scaffold-new", after: "@f= f.scaffold-new=y,"},
	{name: "a link stays a conflict: the template's", base: "f=x,", disk: "@f=", theirs: "f=y,", options: with(Template),
		say: "conflict f  is a symbolic link; the template's is in f.scaffold-new", after: "@f= f.scaffold-new=y,"},
	{name: "what does not conflict is not settled", base: "f=x,", disk: "f=x,", theirs: "f=y,", options: with(Mine), say: "update f", after: "f=y,"},
}

func TestTable(t *testing.T) {
	for _, tt := range tableTests {
		t.Run(tt.name, tt.check)
	}
	for _, tt := range resolutionTests {
		t.Run(tt.name, tt.check)
	}
}

// What both added and merges clean is no conflict, whatever becomes of conflicts.
func TestBothAddedMergesClean(t *testing.T) {
	ours, theirs := parse(".gitignore=mine,both,"), parse(".gitignore=both,theirs,")
	for _, how := range []Resolution{Markers, Mine, Template, Beside, Refuse} {
		s := Make(parse(""), ours, theirs, Options{Conflict: how}).Steps[0]
		if s.Verb != Merge || s.To != ".gitignore" || strings.Count(string(s.After.Data), "\n") != 3 {
			t.Errorf("conflict %d: got %s to %s: %s", how, s.Verb, s.To, s.Why)
		}
	}
}

// Refuse names every kind of conflict, and writes nothing of it.
func TestRefuse(t *testing.T) {
	for _, tt := range [][3]string{
		{"f=x,", "f=y,", "f=z,"}, {"", "f=y,", "f=z,"}, {"", `f=\0y`, `f=\0z`}, {"", "@f=", "f=z,"}, {`f=\0x`, `f=\0y`, `f=\0z`}, {"!f<a=x,", "f=y,", "!f<b=z,"},
	} {
		base, ours, theirs := parse(tt[0]), parse(tt[1]), parse(tt[2])
		s, marked := Make(base, ours, theirs, Options{Conflict: Refuse}).Steps[0], Make(base, ours, theirs, Options{}).Steps[0]
		if s.Verb != Conflict || s.Kind != marked.Kind || s.Writes() || s.Why == "" || strings.Contains(s.Why, BesideSuffix) {
			t.Errorf("%v: got %s %s, %q, writes %v", tt, s.Verb, s.Kind, s.Why, s.Writes())
		}
	}
}

// Over 8 MiB lines are not compared, however few changed.
func TestHugeFilesAreNotMerged(t *testing.T) {
	huge := strings.Repeat("123456,", maxMerge/7+1)
	p := Make(parse("f="+huge+"x,"), parse("f=a,"+huge+"x,"), parse("f="+huge+"y,"), Options{})
	if s := p.Steps[0]; s.Verb != Conflict || s.Kind != Binary || s.To != "f.scaffold-new" {
		t.Errorf("got %s %s to %s", s.Verb, s.Kind, s.To)
	}
}

func TestKinds(t *testing.T) {
	for _, tt := range []struct {
		base, ours, theirs string
		want               Kind
	}{
		{"f=x,", "f=y,", "f=z,", Content},
		{"", "f=y,", "f=z,", AddAdd},
		{"", `f=\0y`, `f=\0z`, AddAdd},
		{"f=x,", "@f=", "f=z,", TypeChange},
		{`f=\0x`, `f=\0y`, `f=\0z`, Binary},
		{"!f<a=x,", "f=y,", "!f<b=z,", Once},
	} {
		p := Make(parse(tt.base), parse(tt.ours), parse(tt.theirs), Options{})
		c := p.Conflicts()
		if len(c) != 1 || c[0].Kind != tt.want || c[0].Path != "f" || c[0].Sum != p.Steps[0].After.Sum() || c[0].To != p.Steps[0].To {
			t.Errorf("%s | %s | %s: got %+v, want %s", tt.base, tt.ours, tt.theirs, c, tt.want)
		}
	}
}

func TestLinesForTheReport(t *testing.T) {
	p := Make(parse("f=1,x,2,3,4,"), parse("f=1,y,2,3,4,"), parse("f=1,z,2,3,5,"), labels)
	s := p.Steps[0]
	if s.Theirs != (merge.Edits{Hunks: 2, Lines: 2, Overlap: 1}) || s.Yours.Lines != 1 || len(s.Overlaps) != 1 || s.Overlaps[0].Line != 2 {
		t.Errorf("got yours %+v, theirs %+v, overlaps %+v", s.Yours, s.Theirs, s.Overlaps)
	}
}

// A user who closed a file to others keeps it closed.
func TestModesAreTheUsersButForExecution(t *testing.T) {
	for _, tt := range []struct {
		ours         fs.FileMode
		base, theirs string
		want         fs.FileMode
	}{
		{0o600, "f=x,", "f=y,", 0o600},
		{0o640, "f=x,", "*f=y,", 0o750},
		{0o700, "*f=x,", "f=y,", 0o600},
		{0o664, "f=x,", "f=y,", 0o664},
	} {
		ours := tree.Found(tree.File{Path: "f", Mode: tt.ours, Data: []byte("x\n")})
		p := Make(parse(tt.base), ours, parse(tt.theirs), Options{})
		if after := p.Steps[0].After; after == nil || after.Mode != tt.want {
			t.Errorf("%o, %s to %s: got %+v, want mode %o", tt.ours, tt.base, tt.theirs, after, tt.want)
		}
	}
}

func TestUserFilesAreNoneOfOurBusiness(t *testing.T) {
	if p := Make(tree.Tree{}, parse("f=secret,"), tree.Tree{}, Options{Others: parse("g=secret,")}); len(p.Steps) != 0 {
		t.Errorf("planned %v for files that only the user has", p.Steps)
	}
}

func TestUnresolved(t *testing.T) {
	open := parse(conflict("f", "y,", "x,", "z,"))
	marked := find(open, "f")
	for _, tt := range []struct {
		name string
		to   string
		at   *tree.File
		want bool
	}{
		{"the markers are still there", "f", marked, true},
		{"and where the user moved the file", "lib/f", marked, true},
		{"the markers are gone", "f", find(parse("f=y,"), "f"), false},
		{"and where the user moved it", "lib/f", find(parse("f=y,"), "f"), false},
		{"the file is gone", "f", nil, false},
		{"the file beside is there, whatever is in it", "f.scaffold-new", find(parse("f=y,"), "f"), true},
		{"the second one too", "f.scaffold-new.2", marked, true},
		{"or it is in a folder beside", "d.scaffold-new/f", marked, true},
		{"the file beside is gone", "f.scaffold-new", nil, false},
	} {
		c := ConflictRecord{Path: "f", To: tt.to}
		if got := c.Unresolved(tt.at, merge.Labels{Ours: "yours", Base: "base", Theirs: "web_1.1.0"}); got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}
