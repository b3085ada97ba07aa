package plan

import (
	"testing"

	"scaffold/generator/tree"
)

func joining(moves ...Move) Options {
	o := labels
	o.Declared = moves
	return o
}

// The pack says that several files are one now. What the user changed in any of
// them goes there.
var joinTests = []row{
	{name: "two files become a new one, one of them edited", base: "a=1,2,3, b=4,5,6,", disk: "a=1,2,3, b=4,mine,5,6,", theirs: "c=1,2,3,4,5,6,",
		options: joining(Move{"a", "c"}, Move{"b", "c"}),
		say:     "delete a  joined into c\ndelete b  joined into c\nmerge c  takes in your b", after: "c=1,2,3,4,mine,5,6,"},
	{name: "a file joins one that was there", base: "a=1,2,3, b=4,5,6,", disk: "a=1,2,3, b=4,mine,5,6,", theirs: "a=1,2,3,4,5,6,7,",
		options: joining(Move{"b", "a"}),
		say:     "merge a  takes in your b; your 1 line and the template's 1\ndelete b  joined into a", after: "a=1,2,3,4,mine,5,6,7,"},
	{name: "both edited", base: "a=1,2,3, b=4,5,6,", disk: "a=0,1,2,3, b=4,5,6,7,", theirs: "a=1,2,3,4,5,6,",
		options: joining(Move{"b", "a"}),
		say:     "merge a  takes in your b\ndelete b  joined into a", after: "a=0,1,2,3,4,5,6,7,"},
	{name: "on top of each other", base: "a=1,2,3, b=4,x,6,", disk: "a=1,2,3, b=4,y,6,", theirs: "a=1,2,3,4,z,6,",
		options: joining(Move{"b", "a"}),
		say:     "conflict a  takes in your b; 1 of 1 change overlaps yours\ndelete b  joined into a",
		after:   "a=1,2,3,4,<<<<<<<_yours,y,|||||||_base,x,=======,z,>>>>>>>_web_1.1.0,6,"},
	{name: "the parts are in another order now", base: "a=1,2, b=3,4, c=5,6,", disk: "a=1,mine,2, b=3,4, c=5,6,", theirs: "d=5,6,3,4,1,2,",
		options: joining(Move{"a", "d"}, Move{"b", "d"}, Move{"c", "d"}),
		say:     "delete a  joined into d\ndelete b  joined into d\ndelete c  joined into d\nmerge d  takes in your a", after: "d=5,6,3,4,1,mine,2,"},
	{name: "no edit in what went: the table decides", base: "a=1,2,3, b=4,5,6,", disk: "a=0,1,2,3, b=4,5,6,", theirs: "a=1,2,3,4,5,6,",
		options: joining(Move{"b", "a"}),
		say:     "merge a  your 1 line and the template's 3\ndelete b", after: "a=0,1,2,3,4,5,6,"},
	{name: "one that the user deleted is left out", base: "a=1,2,3, b=4,5,6, c=7,8,9,", disk: "a=1,2,3, c=7,mine,8,9,", theirs: "a=1,2,3,4,5,6,7,8,9,",
		options: joining(Move{"b", "a"}, Move{"c", "a"}),
		say:     "merge a  takes in your c; your 1 line and the template's 3\ndelete c  joined into a", after: "a=1,2,3,4,5,6,7,mine,8,9,"},
	{name: "the user deleted what it joins", base: "a=1, b=4,5,6,", disk: "b=4,mine,5,6,", theirs: "a=1,4,5,6,",
		options: joining(Move{"b", "a"}),
		say:     "keep a  deleted by you; the template changed it\nkeep b  the template moved it to a; it has your changes"},
	{name: "a link stands there", base: "a=1, b=4,5,6,", disk: "@a= b=4,mine,5,6,", theirs: "a=1,4,5,6,",
		options: joining(Move{"b", "a"}),
		say:     "conflict a  is a symbolic link; the template's is in a.scaffold-new\nkeep b  the template moved it to a; it has your changes", after: "@a= a.scaffold-new=1,4,5,6, b=4,mine,5,6,"},
	{name: "the user has a file there already", base: "a=1,2,3, b=4,5,6,", disk: "a=1,2,3, b=4,mine,5,6, c=own,", theirs: "c=1,2,3,4,5,6,",
		options: joining(Move{"a", "c"}, Move{"b", "c"}),
		say:     "delete a\nkeep b  the template moved it to c; it has your changes\nconflict c  you and the template both added it",
		after:   "b=4,mine,5,6, c=<<<<<<<_yours,own,|||||||_base,=======,1,2,3,4,5,6,>>>>>>>_web_1.1.0,"},
	{name: "what it joins is a once-file of the user's", base: "!a=1, b=4,5,6,", disk: "a=0,1, b=4,mine,5,6,", theirs: "!a=1,4,5,6,",
		options: joining(Move{"b", "a"}),
		say:     "keep a  yours once edited; the template changed it\nkeep b  the template moved it to a; it has your changes"},
	{name: "binary", base: `a=1, b=\0x`, disk: `a=1, b=\0y`, theirs: "a=1,2,",
		options: joining(Move{"b", "a"}),
		say:     "update a\nkeep b  the template moved it to a; it has your changes", after: `a=1,2, b=\0y`},
	{name: "beside: both stay until it is resolved", base: "a=1,2,3, b=4,x,6,", disk: "a=1,2,3, b=4,y,6,", theirs: "a=1,2,3,4,z,6,",
		options: Options{Labels: labels.Labels, Conflict: Beside, Declared: []Move{{"b", "a"}}},
		say:     "conflict a  takes in your b; 1 of 1 change overlaps yours; the template's is in a.scaffold-new\nkeep b  stays until the conflict about a is resolved",
		after:   "a=1,2,3, a.scaffold-new=1,2,3,4,z,6, b=4,y,6,"},
	{name: "the template's lines where they clash", base: "a=1,2,3, b=4,x,6,7,8,", disk: "a=1,2,3, b=4,y,6,7,mine,8,", theirs: "a=1,2,3,4,z,6,7,8,",
		options: Options{Labels: labels.Labels, Conflict: Template, Declared: []Move{{"b", "a"}}},
		say:     "merge a  takes in your b; 1 of 1 change overlaps yours: the template's taken\ndelete b  joined into a",
		after:   "a=1,2,3,4,z,6,7,mine,8,"},
}

func TestJoins(t *testing.T) {
	for _, tt := range joinTests {
		t.Run(tt.name, tt.check)
	}
}

// What is not checked out, or half merged, keeps all of the joint for later.
func TestJoinsArePutOff(t *testing.T) {
	const base, theirs = "a=1, b=4,5,6, c=7,8,", "a=1,4,5,6,7,8,"
	for _, tt := range []struct{ name, disk, absent, say string }{
		{"not checked out", "b=4,mine,5,6, c=7,8,", "a", "keep a  not checked out: left for a later run\n" +
			"keep b  the template moved it to a, which is not checked out: left for a later run\n" +
			"keep c  the template moved it to a, which is not checked out: left for a later run"},
		{"what takes in is half merged", "a=1," + marks + " b=4,mine,5,6, c=7,8,", "", "conflict a  " + marked + "\n" +
			"keep b  the template moved it to a, which has the conflict markers of another merge: left for a later run\n" +
			"keep c  the template moved it to a, which has the conflict markers of another merge: left for a later run"},
		{"what is taken in is half merged", "a=1, b=4,5,6, c=7,8," + marks, "", "keep a  the template moved c here, which has the conflict markers of another merge: left for a later run\n" +
			"keep b  the template moved it to a, which waits for c: left for a later run\n" +
			"conflict c  " + marked},
	} {
		o := joining(Move{"b", "a"}, Move{"c", "a"}).midMerge()
		o.Absent = map[string]bool{tt.absent: true}
		p := Make(parse(base), parse(tt.disk), parse(theirs), o)
		if got := say(p); got != tt.say {
			t.Errorf("%s: said\n%s\nwant\n%s", tt.name, got, tt.say)
		}
		if got := print(p.NextBase(parse(base), parse(theirs))); got != print(parse(base)) {
			t.Errorf("%s: the next base is %s", tt.name, got)
		}
	}
}

// Once-files that belong together are updated together, or not at all.
func TestOnceFilesThatBelongTogether(t *testing.T) {
	together := func(words string) tree.Tree {
		var files []tree.File
		for f := range parse(words).All() {
			f.With = "app"
			files = append(files, f)
		}
		return tree.Found(files...)
	}
	for _, tt := range []struct{ name, base, disk, theirs, say string }{
		{"neither is edited", "!a=1, !t=1,", "a=1, t=1,", "!a=2, !t=2,", "update a\nupdate t"},
		{"one is", "!a=1, !t=1,", "a=0, t=1,", "!a=2, !t=2,", "keep a  yours once edited; the template changed it\nkeep t  goes with your a; the template changed it"},
		{"the other is", "!a=1, !t=1,", "a=1, t=0,", "!a=2, !t=2,", "keep a  goes with your t; the template changed it\nkeep t  yours once edited; the template changed it"},
		{"one is deleted", "!a=1, !t=1,", "a=1,", "!a=2, !t=2,", "update a\nkeep t  yours once edited; deleted by you; the template changed it"},
		{"one is new", "!a=1,", "a=0,", "!a=2, !t=2,", "keep a  yours once edited; the template changed it\nkeep t  goes with the template's a, which you have changed"},
		{"one is new, and the user has one", "!a=1,", "a=0, t=own,", "!a=2, !t=2,", "keep a  yours once edited; the template changed it\nkeep t  goes with the template's a, which you have changed"},
		{"an answer chose another template", "!a<f=1, !t=1,", "a=1, t=0,", "!a<s=2, !t=1,", "update a  your answers chose another template"},
	} {
		p := Make(parse(tt.base), parse(tt.disk), together(tt.theirs), Options{})
		if got := say(p); got != tt.say {
			t.Errorf("%s: said\n%s\nwant\n%s", tt.name, got, tt.say)
		}
	}
}
