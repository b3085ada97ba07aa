package plan

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func moved(moves ...Move) Options {
	o := labels
	o.Declared = moves
	return o
}

// What the template moved; the user's edits follow.
var templateMoveTests = []row{
	{name: "declared, edited by the user and changed by the template", base: "a<1=1,2,3,", disk: "a=0,1,2,3,", theirs: "b<2=1,2,3,4,", options: moved(Move{"a", "b"}),
		say: "delete a  moved to b\nmerge b  moved from a; your 1 line and the template's 1", after: "b=0,1,2,3,4,"},
	{name: "declared, though nothing is alike", base: "a<1=x,", disk: "a=x,", theirs: "b<2=y,", options: moved(Move{"a", "b"}),
		say: "delete a  moved to b\nupdate b  moved from a", after: "b=y,"},
	{name: "declared, a conflict", base: "a=x,", disk: "a=y,", theirs: "b=z,", options: moved(Move{"a", "b"}),
		say: "delete a  moved to b\nconflict b  moved from a; 1 of 1 change overlaps yours", after: conflict("b", "y,", "x,", "z,")},
	{name: "declared, with git's markers: left for a later run", base: "a=x,", disk: "a=" + marks, theirs: "b=z,", options: moved(Move{"a", "b"}),
		say: "conflict a  " + marked + "\nkeep b  the template moved a here, which has the conflict markers of another merge: left for a later run"},
	{name: "declared, with git's markers where the user moved it", base: "a=" + long + ",", disk: "y/a=" + long + "," + marks, theirs: "b=" + long + ",1,", options: moved(Move{"a", "b"}),
		say: "conflict b  moved by you to y/a; " + marked + "; the template moved it here from a"},
	{name: "declared, a folder", base: "g/a<1=x, g/h/b<2=x,", disk: "g/a=x,1, g/h/b=x,", theirs: "i/g/a<3=x, i/g/h/b<4=z,", options: moved(Move{"g/", "i/g/"}),
		say:   "delete g/a  moved to i/g/a\ndelete g/h/b  moved to i/g/h/b\nupdate i/g/a  moved from g/a\nupdate i/g/h/b  moved from g/h/b",
		after: "i/g/a=x,1, i/g/h/b=z,"},
	{name: "declared, in two steps of two versions", base: "a<1=x,", disk: "a=y,", theirs: "c<2=x,", options: moved(Move{"a", "b"}, Move{"b", "c"}),
		say: "delete a  moved to c\nupdate c  moved from a", after: "c=y,"},
	{name: "declared, a folder and then a file of it", base: "d/a<1=x,", disk: "d/a=y,", theirs: "e/b<2=x,", options: moved(Move{"d/", "e/"}, Move{"e/a", "e/b"}),
		say: "delete d/a  moved to e/b\nupdate e/b  moved from d/a", after: "e/b=y,"},
	{name: "declared both ways goes round once", base: "a<1=x,", disk: "a=y,", theirs: "b<2=z,", options: moved(Move{"a", "b"}, Move{"b", "a"}),
		say: "delete a  moved to b\nconflict b  moved from a; 1 of 1 change overlaps yours", after: conflict("b", "y,", "x,", "z,")},
	{name: "declared, and another file has the old name", base: "a<1=1,2,3,", disk: "a=0,1,2,3,", theirs: "a<2=x, b<3=1,2,3,4,", options: moved(Move{"a", "b"}),
		say: "update a  what was here moved to b\nmerge b  moved from a; your 1 line and the template's 1", after: "a=x, b=0,1,2,3,4,"},
	{name: "declared, and another file of the old template has the old name", base: "a<1=1,2,3,", disk: "a=0,1,2,3,", theirs: "a<1=x, b<2=1,2,3,", options: moved(Move{"a", "b"}),
		say: "update a  what was here moved to b\nupdate b  moved from a", after: "a=x, b=0,1,2,3,"},
	{name: "declared in two versions, and another file has the first name", base: "a<1=1,2,3,", disk: "a=0,1,2,3,", theirs: "a<1=x, c<2=1,2,3,", options: moved(Move{"a", "b"}, Move{"b", "c"}),
		say: "update a  what was here moved to c\nupdate c  moved from a", after: "a=x, c=0,1,2,3,"},
	{name: "declared, a folder, and another file has an old name", base: "d/a<1=1, d/b<2=2,", disk: "d/a=1,9, d/b=2,", theirs: "d/a<3=x, e/a<4=1, e/b<5=2,", options: moved(Move{"d/", "e/"}),
		say: "update d/a  what was here moved to e/a\ndelete d/b  moved to e/b\nupdate e/a  moved from d/a\nupdate e/b  moved from d/b", after: "d/a=x, e/a=1,9, e/b=2,"},
	{name: "declared there and back is no move", base: "a<1=1,", disk: "a=1,2,", theirs: "a<1=1, b<2=x,", options: moved(Move{"a", "b"}, Move{"b", "a"}),
		say: "create b", after: "a=1,2, b=x,"},
	{name: "declared, but the new path is not written", base: "a=x,", disk: "a=y,", options: moved(Move{"a", "b"}),
		say: "keep a  the template dropped it; it has your changes"},

	{name: "two into one, neither edited: the first", base: "a=1, b=2,", disk: "a=1, b=2,", theirs: "c<n=3,", options: moved(Move{"a", "c"}, Move{"b", "c"}),
		say: "delete a  moved to c\ndelete b\nupdate c  moved from a", after: "c=3,"},

	{name: "the same template under another path", base: "x.fcgi<l=1,", disk: "x.fcgi=2,", theirs: "y.fcgi<l=1,",
		say: "delete x.fcgi  moved to y.fcgi\nupdate y.fcgi  moved from x.fcgi", after: "y.fcgi=2,"},
	{name: "the same template, nothing alike", base: "x<l=1,", disk: "x=1,", theirs: "*y<l=9,",
		say: "delete x  moved to y\nupdate y  moved from x", after: "*y=9,"},
	{name: "a template that writes two files says nothing", base: "x<l=1, y<l=2,", disk: "x=7, y=2,", theirs: "z<l=8,",
		say: "keep x  the template dropped it; it has your changes\ndelete y\ncreate z", after: "x=7, z=8,"},

	{name: "by content, the same bytes", base: "a=1,2,", disk: "a=1,2,3,", theirs: "b=1,2,",
		say: "delete a  moved to b\nupdate b  moved from a", after: "b=1,2,3,"},
	{name: "by content, 60 per cent", base: "a=1,2,3,4,5,", disk: "a=0,1,2,3,4,5,", theirs: "b=1,2,3,x,y,",
		say: "delete a  moved to b\nmerge b  moved from a; your 1 line and the template's 2", after: "b=0,1,2,3,x,y,"},
	{name: "by content, less", base: "a=1,2,3,4,5,", disk: "a=0,1,2,3,4,5,", theirs: "b=1,2,x,y,z,",
		say: "keep a  the template dropped it; it has your changes\ncreate b", after: "a=0,1,2,3,4,5, b=1,2,x,y,z,"},
	{name: "empty files are all alike and none is another", base: "a=", disk: "a=", theirs: "b=", say: "delete a\ncreate b", after: "b="},
	{name: "two that came are as good: neither", base: "a=1,2,", disk: "a=1,2,3,", theirs: "b=1,2, c=1,2,",
		say: "keep a  the template dropped it; it has your changes\ncreate b\ncreate c", after: "a=1,2,3, b=1,2, c=1,2,"},
	{name: "two are as good, one has the name", base: "d/a=1,2,", disk: "d/a=1,2,3,", theirs: "e/a=1,2, e/c=1,2,",
		say: "delete d/a  moved to e/a\nupdate e/a  moved from d/a\ncreate e/c", after: "e/a=1,2,3, e/c=1,2,"},
	{name: "a folder of files that are alike moves name by name", base: "d/a=1, d/b=1,", disk: "d/a=1, d/b=1,2,", theirs: "e/a=1, e/b=1,",
		say: "delete d/a  moved to e/a\ndelete d/b  moved to e/b\nupdate e/a  moved from d/a\nupdate e/b  moved from d/b", after: "e/a=1, e/b=1,2,"},
	{name: "the best of two that are similar", base: "a=1,2,3,4,5,", disk: "a=1,2,3,4,5,", theirs: "b=1,2,3,4,y, c=1,2,3,x,y,",
		say: "delete a  moved to b\nupdate b  moved from a\ncreate c", after: "b=1,2,3,4,y, c=1,2,3,x,y,"},
	{name: "what the user did does not count", base: "a=1,2,3,", disk: "a=7,8,9,", theirs: "b=1,2,3, c=7,8,9,",
		say: "delete a  moved to b\nupdate b  moved from a\ncreate c", after: "b=7,8,9, c=7,8,9,"},

	{name: "once: what is the user's moves as it is", base: "!a<t=1,", disk: "a=mine,", theirs: "!b<t=2,",
		say: "delete a  moved to b\nupdate b  moved from a; yours once edited; the template changed it", after: "b=mine,"},
	{name: "once, and the pack renamed the template too: no answer chose another", base: "!a<1=1,", disk: "a=mine,", theirs: "!b<2=2,", options: moved(Move{"a", "b"}),
		say: "delete a  moved to b\nupdate b  moved from a; yours once edited; the template changed it", after: "b=mine,"},
	{name: "once, and the template changed nothing else", base: "!a<t=1,", disk: "a=mine,", theirs: "!b<t=1,",
		say: "delete a  moved to b\nupdate b  moved from a", after: "b=mine,"},
	{name: "the user made it executable", base: "a=1,", disk: "*a=1,", theirs: "b<a=2,",
		say: "delete a  moved to b\nmerge b  moved from a; your mode and the template's 1 line", after: "*b=2,"},
	{name: "the user deleted it", base: "a=1,", theirs: "b<a=2,", say: "keep b  deleted by you as a; the template moved it"},
	{name: "the user deleted it, and nothing else changed", base: "a=1,", theirs: "b<a=1,", say: "keep b  deleted by you as a; the template moved it"},
	{name: "the user moved it there too", base: "a=1,2,3,", disk: "b=1,2,3,4,", theirs: "b<a=0,1,2,3,",
		say: "merge b  your 1 line and the template's 1", after: "b=0,1,2,3,4,"},
	{name: "the user has something else there", base: "a=1,2,", disk: "a=1,2,3, b=mine,", theirs: "b<a=1,2,", options: labels,
		say:   "keep a  the template moved it to b; it has your changes\nconflict b  you and the template both added it",
		after: "a=1,2,3, " + conflict("b", "mine,", "", "1,2,")},
	{name: "the user has something else there, and left the old one alone", base: "a=1,2,", disk: "a=1,2, b=mine,", theirs: "b<a=1,2,", options: with(Beside),
		say:   "delete a\nconflict b  you and the template both added it; the template's is in b.scaffold-new",
		after: "b=mine, b.scaffold-new=1,2,"},
	{name: "the user made it a link", base: "a=1,", disk: "@a=", theirs: "b<a=1,",
		say: "keep a  the template moved it to b; it is a symbolic link\ncreate b", after: "@a= b=1,"},
	{name: "binary, changed by both", base: `a=\0x`, disk: `a=\0y`, theirs: `b<a=\0z`,
		say:   "keep a  stays until the conflict about b is resolved\nconflict b  cannot be merged line by line; the template's is in b.scaffold-new; yours is still at a",
		after: `a=\0y b.scaffold-new=\0z`},
	{name: "binary, changed by the user", base: `a=\0x`, disk: `a=\0y`, theirs: `b<a=\0x`,
		say: "delete a  moved to b\nupdate b  moved from a", after: `b=\0y`},
	{name: "mine", base: "a=1,", disk: "a=2,", theirs: "b<a=3,", options: with(Mine),
		say: "delete a  moved to b\nupdate b  moved from a; 1 of 1 change overlaps yours: yours kept", after: "b=2,"},
	{name: "only the letter case", base: "Readme=1,2,", disk: "Readme=1,2,3,", theirs: "README<Readme=1,2,",
		say: "update README  moved from Readme\ndelete Readme  moved to README", after: "README=1,2,3,"},
	{name: "only the letter case, and no line is the same", base: "readme=1,", disk: "readme=1,2,", theirs: "README=1,9,", options: labels,
		say: "conflict README  moved from readme; 1 of 1 change overlaps yours\ndelete readme  moved to README", after: "README=1," + strings.TrimPrefix(conflict("", "2,", "", "9,"), "=")},
	{name: "only the letter case, of all it was", base: "readme=1,", disk: "readme=1,", theirs: "README=2,",
		say: "update README  moved from readme\ndelete readme  moved to README", after: "README=2,"},
	{name: "only the letter case, and another file is more alike", base: "readme=1,2,3,", disk: "readme=1,2,3,", theirs: "README=7, other=1,2,3,",
		say: "update README  moved from readme\ncreate other\ndelete readme  moved to README", after: "README=7, other=1,2,3,"},
	{name: "only the letter case of a folder", base: "docs/a=1, docs/b=1,", disk: "docs/a=1,2, docs/b=1,2,", theirs: "Docs/a=8,2, Docs/b=1,", options: with(Mine),
		say:   "update Docs/a  moved from docs/a; 1 of 1 change overlaps yours: yours kept\nupdate Docs/b  moved from docs/b\ndelete docs/a  moved to Docs/a\ndelete docs/b  moved to Docs/b",
		after: "Docs/a=1,2, Docs/b=1,2,"},
	{name: "only the letter case, but the template says that it is another", base: "readme<a=1,", disk: "readme=1,2,", theirs: "README<b=1,7, x<a=1,",
		say: "create README\ndelete readme  moved to x\nupdate x  moved from readme", after: "README=1,7, x=1,2,"},
	{name: "a file moves into a folder of its name", base: "g=1,", disk: "g=1,2,", theirs: "g/g<g=1,",
		say: "delete g  moved to g/g\nupdate g/g  moved from g", after: "g/g=1,2,"},
	{name: "a file moves out of a folder of its name", base: "g/g=1,", disk: "/g= g/g=1,2,", theirs: "g<g/g=1,",
		say: "update g  moved from g/g\ndelete g/g  moved to g", after: "g=1,2,"},
	{name: "a file moves out of a folder that the user uses", base: "g/g=1,", disk: "/g= g/g=1,2, g/mine=1,", theirs: "g<g/g=1,",
		say:   "conflict g  is a folder; the template's is in g.scaffold-new\nkeep g/g  the template moved it to g; it has your changes",
		after: "/g= g/g=1,2, g/mine=1, g.scaffold-new=1,"},
	{name: "into a folder where a file of the user's is", base: "a=1,", disk: "a=1, d=mine,", theirs: "d/a<a=1,",
		say:   "keep a  the template moved it to d/a, where it cannot go\nconflict d/a  d is a file; the template's is in d.scaffold-new/a",
		after: "a=1, d=mine, d.scaffold-new/a=1,"},
	{name: "a move that cannot be is in the way of another", base: "a=1, b=2,", disk: "a=1,9, b=2,9, d=mine,", theirs: "d/a<a=1, a/b<b=2,",
		say: "keep a  the template moved it to d/a; it has your changes\n" +
			"conflict a/b  a is a file; the template's is in a.scaffold-new/b\n" +
			"keep b  the template moved it to a/b; it has your changes\n" +
			"conflict d/a  d is a file; the template's is in d.scaffold-new/a",
		after: "a=1,9, b=2,9, d=mine, a.scaffold-new/b=2, d.scaffold-new/a=1,"},
	{name: "and of one that was looked at before", base: "a=1, z=2,", disk: "a=1,9, n=mine, z=2,9,", theirs: "z/q<a=1, n/z<z=2,",
		say: "keep a  the template moved it to z/q; it has your changes\n" +
			"conflict n/z  n is a file; the template's is in n.scaffold-new/z\n" +
			"keep z  the template moved it to n/z; it has your changes\n" +
			"conflict z/q  z is a file; the template's is in z.scaffold-new/q",
		after: "a=1,9, n=mine, z=2,9, n.scaffold-new/z=2, z.scaffold-new/q=1,"},
	{name: "the user's own file in a moved folder", base: "g/a=1, g/b=1,2,", disk: "g/a=1, g/b=1,2, g/mine=1,", theirs: "i/a<g/a=1, i/b<g/b=1,2,",
		say:   "keep g  your mine stays; the template moved the rest to i\ndelete g/a  moved to i/a\ndelete g/b  moved to i/b\nupdate i/a  moved from g/a\nupdate i/b  moved from g/b",
		after: "g/mine=1, i/a=1, i/b=1,2,"},
	{name: "two of them", base: "g/a=1,", disk: "g/a=1, g/s/mine=1, g/mine=1,", theirs: "i/a<g/a=1,",
		say: "keep g  your mine and 1 other stay; the template moved the rest to i\ndelete g/a  moved to i/a\nupdate i/a  moved from g/a", after: "g/mine=1, g/s/mine=1, i/a=1,"},
	{name: "a folder that the template keeps is not moved", base: "g/a=1, g/b=2,", disk: "g/a=1, g/b=2, g/mine=1,", theirs: "i/a<g/a=1, g/b=2,",
		say: "delete g/a  moved to i/a\nupdate i/a  moved from g/a", after: "g/b=2, g/mine=1, i/a=1,"},
}

// What the user moved; the template's changes follow.
var userMoveTests = []row{
	{name: "only the letter case, and little of it is the same", base: "readme=1,", disk: "README=1,mine,and,more,", theirs: "readme=0,1,",
		say: "merge readme  moved by you to README; your 3 lines and the template's 1", after: "README=0,1,mine,and,more,"},
	{name: "only the letter case of a folder", base: "docs/a=1, docs/b=1,", disk: "Docs/a=2,1, Docs/b=3,1,", theirs: "docs/a=1,8, docs/b=1,9,",
		say:   "merge docs/a  moved by you to Docs/a; your 1 line and the template's 1\nmerge docs/b  moved by you to Docs/b; your 1 line and the template's 1",
		after: "Docs/a=2,1,8, Docs/b=3,1,9,"},
	{name: "the letter case as the template did", base: "readme=1,", disk: "README=1,2,3,4,", theirs: "README=0,1,",
		say: "merge README  your 3 lines and the template's 1", after: "README=0,1,2,3,4,"},
	{name: "the letter case, and so did the template", base: "readme=1,", disk: "README=1,2,", theirs: "Readme=0,1,",
		say: "merge Readme  moved by you to README; your 1 line and the template's 1; the template moved it here from readme", after: "README=0,1,2,"},
	{name: "dropped by the template", base: "a=1,2,3,", disk: "lib/a=1,2,3,0,",
		say: "forget a  moved by you to lib/a; the template dropped it"},
	{name: "dropped by the template, and only like it", base: "a=1,2,3,", disk: "lib/a=1,2,3,0,", options: Options{Evidence: Evidence{Barred: map[string]string{"lib/a": "git ignores it"}}},
		say: "forget a  deleted by both; lib/a looks like it, but git ignores it"},
	{name: "joined into another by the template", base: "a=1,2,3, b=4,5,6,", disk: "a=1,2,3, lib/b=4,0,5,6,", theirs: "a=1,2,3,4,5,6,", options: moved(Move{"b", "a"}),
		say: "update a\nforget b  moved by you to lib/b; the template moved it to a", after: "a=1,2,3,4,5,6, lib/b=4,0,5,6,"},
	{name: "changed by the template", base: "a=1,2,3,", disk: "lib/a=1,2,3,", theirs: "a=1,2,3,4,",
		say: "update a  moved by you to lib/a", after: "lib/a=1,2,3,4,"},
	{name: "edited as well", base: "a=1,2,3,4,5,", disk: "lib/b=0,1,2,3,4,5,", theirs: "a=1,2,3,4,5,6,",
		say: "merge a  moved by you to lib/b; your 1 line and the template's 1", after: "lib/b=0,1,2,3,4,5,6,"},
	{name: "a conflict", base: "a=1,2,3,4,5,", disk: "lib/a=1,2,3,4,7,", theirs: "a=1,2,3,4,6,", options: labels,
		say: "conflict a  moved by you to lib/a; 1 of 1 change overlaps yours", after: strings.Replace(conflict("lib/a", "7,", "5,", "6,"), "=<", "=1,2,3,4,<", 1)},
	{name: "beside it", base: "a=1,2,3,4,5,", disk: "lib/a=1,2,3,4,7,", theirs: "a=1,2,3,4,6,", options: with(Beside),
		say: "conflict a  moved by you to lib/a; 1 of 1 change overlaps yours; the template's is in lib/a.scaffold-new", after: "lib/a=1,2,3,4,7, lib/a.scaffold-new=1,2,3,4,6,"},
	{name: "binary, beside it", base: `a=\0,1,2,3,4,5,`, disk: `lib/a=\0,1,2,3,4,5,7,`, theirs: `a=\0,1,2,3,4,5,6,`,
		say: "conflict a  moved by you to lib/a; cannot be merged line by line; the template's is in lib/a.scaffold-new", after: `lib/a=\0,1,2,3,4,5,7, lib/a.scaffold-new=\0,1,2,3,4,5,6,`},
	{name: "not changed by the template: nothing to say", base: "a=1,2,3,", disk: "lib/a=1,2,3,4,", theirs: "a=1,2,3,"},
	{name: "changed alike", base: "a=1,2,3,", disk: "lib/a=1,2,3,4,", theirs: "a=1,2,3,4,"},
	{name: "dropped by the template: it is the user's", base: "a=1,2,3, b=1,", disk: "lib/a=1,2,3,", theirs: "b=2,",
		say: "forget a  moved by you to lib/a; the template dropped it\nkeep b  deleted by you; the template changed it"},
	{name: "less than 60 per cent of it", base: "a=1,2,3,4,5,", disk: "lib/a=1,2,7,8,9,", theirs: "a=1,2,3,4,5,6,", say: "keep a  deleted by you; the template changed it"},
	{name: "two places are as good", base: "a=1,2,", disk: "x/b=1,2, x/c=1,2,", theirs: "a=1,2,3,", say: "keep a  deleted by you; the template changed it; x/b looks like it, but has too little of it"},
	{name: "two places, one of the name", base: "a=1,2,", disk: "x/a=1,2, x/c=1,2,", theirs: "a=1,2,3,", say: "update a  moved by you to x/a", after: "x/a=1,2,3, x/c=1,2,"},
	{name: "two files to their two places", base: "a=1,2,3, b=1,2,4,", disk: "x/a=1,2,3, x/b=1,2,4,", theirs: "a=1,2,3, b=1,2,4,5,",
		say: "update b  moved by you to x/b", after: "x/a=1,2,3, x/b=1,2,4,5,"},
	{name: "another letter case", base: "Readme=1,2,", disk: "README=1,2,", theirs: "Readme=1,2,3,", say: "update Readme  moved by you to README", after: "README=1,2,3,"},
	{name: "a copy while the file is there is a copy", base: "a=1,", disk: "a=1, x/a=1,", theirs: "a=2,", say: "update a", after: "a=2, x/a=1,"},
	{name: "once: the user's once it is edited, wherever it is", base: "!a=1,2,3,", disk: "x/a=1,2,3,0,", theirs: "!a=2,2,3,",
		say: "keep a  moved by you to x/a; yours once edited; the template changed it"},
	{name: "once: untouched it follows", base: "!a=1,", disk: "x/a=1,", theirs: "!a=2,", say: "update a  moved by you to x/a", after: "x/a=2,"},
	{name: "once, another template: it follows", base: "!a<1=1,", disk: "x/a=1,", theirs: "!a<2=2,",
		say: "update a  moved by you to x/a; your answers chose another template", after: "x/a=2,"},
	{name: "only the mode changed", base: "a=1,", disk: "x/a=1,", theirs: "*a=1,", say: "update a  moved by you to x/a; becomes executable", after: "*x/a=1,"},
	{name: "other people's code is no place to move to", base: "a=1,", disk: "vendor/x/a=1,", theirs: "a=2,",
		say: "keep a  deleted by you; the template changed it; vendor/x/a looks like it, but is in a folder for other people's code"},
	{name: "nor is a name that some systems refuse", base: "a=1,2,3,", disk: "con=1,2,3,", theirs: "a=1,2,3,4,",
		say: "keep a  deleted by you; the template changed it; con looks like it, but has a name that not every system takes"},
	{name: "nor is what was put beside a file", base: "a=1,", disk: "a.scaffold-new=1,", theirs: "a=2,", say: "keep a  deleted by you; the template changed it"},
	{name: "nor another project", base: "a=1,", disk: "n/a=1,", theirs: "a=2,", options: Options{Nested: []string{"n"}},
		say: "keep a  deleted by you; the template changed it; n/a looks like it, but belongs to the project in n"},
	{name: "the user moved the folder and left a link", base: "d/a=1,2,", disk: "@d= ops/a=1,2,", theirs: "d/a=1,2,3,",
		say: "update d/a  moved by you to ops/a", after: "@d= ops/a=1,2,3,"},
	{name: "both moved it, elsewhere: the user decides where", base: "a=1,2,3,", disk: "x/a=1,2,3,0,", theirs: "b<a=7,1,2,3,",
		say: "merge b  moved by you to x/a; your 1 line and the template's 1; the template moved it here from a", after: "x/a=7,1,2,3,0,"},
	{name: "both moved it, elsewhere, and the user has a file there", base: "a=1,2,3,", disk: "x/a=1,2,3, b=mine,", theirs: "b<a=1,2,3,", options: with(Beside),
		say:   "forget a  moved by you to x/a; the template moved it to b\nconflict b  you and the template both added it; the template's is in b.scaffold-new",
		after: "x/a=1,2,3, b=mine, b.scaffold-new=1,2,3,"},
}

const (
	moveBack = "; if you moved it, move it back, regenerate, and move it again"
)

// What looks like a move of the user's and is none, or may be none.
var noMoveTests = []row{
	{name: "one line that happens to be equal", base: "a=1,", disk: "level=1,", theirs: "a=2,",
		say: "keep a  deleted by you; the template changed it; level looks like it, but has too little of it"},
	{name: "lines that are no evidence", base: "a={,},(,),[,],", disk: "b={,},(,),[,],", theirs: "a=2,",
		say: "keep a  deleted by you; the template changed it; b looks like it, but has too little of it"},
	{name: "three lines and all of it", base: "a=1,2,3,", disk: "b=1,2,3,", theirs: "a=1,2,4,", say: "update a  moved by you to b", after: "b=1,2,4,"},
	{name: "three lines of five", base: "a=1,2,3,", disk: "b=1,2,3,8,9,", theirs: "a=1,2,4,",
		say: "keep a  deleted by you; the template changed it; b looks like it, but has too little of it"},
	{name: "a long line counts for several", base: "a=" + long, disk: "b=" + long, theirs: "a=2,", say: "update a  moved by you to b", after: "b=2,"},
	{name: "a name that many folders have", base: "a/__init__.py=1,", disk: "b/__init__.py=1,", theirs: "a/__init__.py=2,",
		say: "keep a/__init__.py  deleted by you; the template changed it; b/__init__.py looks like it, but has too little of it"},
	{name: "a licence of somebody else's", base: "LICENSE=1,2,3,4,5,6,7,", disk: "web/LICENSE=0,2,3,4,5,6,7,", theirs: "LICENSE=1,2,3,4,5,6,8,",
		say: "keep LICENSE  deleted by you; the template changed it; web/LICENSE looks like it, but has too little of it"},
	{name: "the same licence", base: "LICENSE=1,2,3,4,5,6,7,", disk: "web/LICENSE=1,2,3,4,5,6,7,", theirs: "LICENSE=1,", say: "update LICENSE  moved by you to web/LICENSE", after: "web/LICENSE=1,"},
	{name: "empty files are all alike", base: "a=", disk: "x/a=", theirs: "a=1,", say: "keep a  deleted by you; the template changed it"},
	{name: "a backup", base: "a=1,2,3,", disk: "a.bak2=1,2,3,", theirs: "a=1,2,4,",
		say: "keep a  deleted by you; the template changed it; a.bak2 looks like it, but is a backup by its name"},
	{name: "a backup beside the moved file is no rival", base: "a=1,2,3,", disk: "a~=1,2,3, lib/b=1,2,3,", theirs: "a=1,2,4,",
		say: "update a  moved by you to lib/b", after: "a~=1,2,3, lib/b=1,2,4,"},
	{name: "two are as good", base: "a=1,2,3,", disk: "x/b=1,2,3, y/c=1,2,3,", theirs: "a=1,2,4,", say: "keep a  missing; the template changed it; x/b and y/c look like it" + moveBack},
	{name: "three are as good", base: "a=1,2,3,", disk: "x/a=1,2,3, y/a=1,2,3, z/a=1,2,3,", theirs: "a=1,2,4,", say: "keep a  missing; the template changed it; x/a and 2 others look like it" + moveBack},
	{name: "one for two", base: "a=1,2,3, b=1,2,3,", disk: "x/c=1,2,3,", theirs: "a=1,2,4, b=1,2,3,", say: "keep a  missing; the template changed it; x/c looks like it, and like another that is missing" + moveBack},
	{name: "the template moved it as well", base: "a=1,2,3,", disk: "a.orig=1,2,3,", theirs: "b<a=1,2,4,",
		say: "keep b  deleted by you as a; the template moved it; a.orig looks like it, but is a backup by its name"},
	{name: "barred", base: "a=1,2,3,", disk: "x/a=1,2,3,", theirs: "a=1,2,4,", options: Options{Evidence: Evidence{Barred: map[string]string{"x/a": "is in x"}}},
		say: "keep a  deleted by you; the template changed it; x/a looks like it, but is in x"},
	{name: "elsewhere", base: "a=1,2,3,", theirs: "a=1,2,4,", options: Options{Evidence: Evidence{Elsewhere: parse("x/a=1,2,3,"), Barred: map[string]string{"x/a": "is ignored by git"}}},
		say: "keep a  deleted by you; the template changed it; x/a looks like it, but is ignored by git"},
	{name: "there before", base: "a=1,2,3,", disk: "x/a=1,2,3,", theirs: "a=1,2,4,", options: Options{Evidence: Evidence{Against: against("was there before", false)}},
		say: "keep a  deleted by you; the template changed it; x/a looks like it, but was there before"},
	{name: "not there before", base: "a=1,2,3,", disk: "x/a=1,2,3,", theirs: "a=1,2,4,", options: Options{Evidence: Evidence{Against: against("", false)}}, say: "update a  moved by you to x/a", after: "x/a=1,2,4,"},
	{name: "nobody knows", base: "a=1,2,3,", disk: "x/a=1,2,3,", theirs: "a=1,2,4,", options: Options{Evidence: Evidence{Against: against("may have been there before", true)}},
		say: "keep a  missing; the template changed it; x/a looks like it, but may have been there before" + moveBack},
	{name: "not all was looked through", base: "a=1,2,3,", theirs: "a=1,2,4,", options: Options{Evidence: Evidence{Short: true}},
		say: "keep a  missing; the template changed it; the project has more files than are looked through" + moveBack},
	{name: "not checked out", base: "a=1, b=1, c=1, d<d=1,", theirs: "a=2, c=1, e<d=2, f=9,", options: Options{Absent: map[string]bool{"a": true, "b": true, "c": true, "d": true, "f": true}},
		say: "keep a  not checked out: left for a later run\n" +
			"keep b  not checked out: left for a later run\n" +
			"keep d  not checked out: left for a later run\n" +
			"keep e  the template moved d here, which is not checked out: left for a later run\n" +
			"keep f  not checked out: left for a later run"},
	{name: "moved by the template to where nothing is checked out", base: "a<a=1,", disk: "a=1,mine,", theirs: "b<a=1,", options: Options{Absent: map[string]bool{"b": true}},
		say: "keep a  the template moved it to b, which is not checked out: left for a later run\nkeep b  not checked out: left for a later run"},
}

var long = strings.Repeat("0123456789", 20)

func against(why string, maybe bool) func(string, string) (string, bool) {
	return func(string, string) (string, bool) { return why, maybe }
}

func TestNoMovesOfTheUser(t *testing.T) {
	for _, tt := range noMoveTests {
		t.Run(tt.name, tt.check)
	}
}

// Answers in paths: a template writes where another wrote.
var onwardTests = []row{
	{name: "a chain", base: "1/f<a=a,b,c, 2/f<w=x,y,z,", disk: "1/f=a,b,c,mine, 2/f=x,y,z,own,", theirs: "2/f<a=0,a,b,c, 3/f<w=0,x,y,z,",
		say: "delete 1/f  moved to 2/f\n" +
			"merge 2/f  moved from 1/f; your 1 line and the template's 1; what was here moved to 3/f\n" +
			"merge 3/f  moved from 2/f; your 1 line and the template's 1",
		after: "2/f=0,a,b,c,mine, 3/f=0,x,y,z,own,"},
	{name: "a swap", base: "1<a=a, 2<w=x,", disk: "1=a,mine, 2=x,own,", theirs: "1<w=x, 2<a=a,",
		say:   "update 1  moved from 2; what was here moved to 2\nupdate 2  moved from 1; what was here moved to 1",
		after: "1=x,own, 2=a,mine,"},
	{name: "a swap that was made already", base: "1<a=a, 2<w=x,", disk: "1=x, 2=a,", theirs: "1<w=x, 2<a=a,"},
	{name: "twins that swap", base: "1<a=a, 2<w=a,", disk: "1=a,mine, 2=a,", theirs: "1<w=a, 2<a=a,",
		say: "update 1  moved from 2; what was here moved to 2\nupdate 2  moved from 1; what was here moved to 1", after: "1=a, 2=a,mine,"},
	{name: "a ring of three, untouched", base: "1<a=a, 2<b=b, 3<c=c,", disk: "1=a, 2=b, 3=c,", theirs: "1<c=c, 2<a=a, 3<b=b,",
		say:   "update 1  moved from 3; what was here moved to 2\nupdate 2  moved from 1; what was here moved to 3\nupdate 3  moved from 2; what was here moved to 1",
		after: "1=c, 2=a, 3=b,"},
	{name: "a new template takes the place", base: "1<a=a,", disk: "1=a,mine,", theirs: "1<n=n, 2<a=a,",
		say: "update 1  what was here moved to 2\nupdate 2  moved from 1", after: "1=n, 2=a,mine,"},
	{name: "a new template takes the place, which cannot be reached", base: "1/x<a=a,", disk: "1=mine,", theirs: "1/x<n=n, 2<a=a,",
		say: "conflict 1/x  1 is a file; the template's is in 1.scaffold-new/x\nkeep 2  deleted by you as 1/x; the template moved it", after: "1=mine, 1.scaffold-new/x=n,"},
	{name: "into the place of one that the template dropped", base: "1<a=a, 2<w=x,", disk: "1=a,mine, 2=x,", theirs: "2<a=a,",
		say: "delete 1  moved to 2\nupdate 2  moved from 1", after: "2=a,mine,"},
	{name: "of one that it dropped, and the user deleted the first", base: "1<a=a, 2<w=x,", disk: "2=x,", theirs: "2<a=a,",
		say: "delete 2  deleted by you as 1; the template moved it", after: "-"},
	{name: "of one that it dropped, and the user moved the first", base: "1<a=a,b,c, 2<w=x,", disk: "2=x, y/1=a,b,c,", theirs: "2<a=a,b,d,",
		say: "delete 2\nupdate 2  moved by you to y/1; the template moved it here from 1", after: "y/1=a,b,d,"},
	{name: "of one that it dropped and the user edited: no move", base: "1<a=a, 2<w=x,", disk: "1=a,mine, 2=x,own,", theirs: "2<a=a,", options: with(Beside),
		say:   "keep 1  the template moved it to 2; it has your changes\nconflict 2  1 of 1 change overlaps yours; the template's is in 2.scaffold-new",
		after: "1=a,mine, 2=x,own, 2.scaffold-new=a,"},
	{name: "the first is deleted", base: "1<a=a, 2<w=x,", disk: "2=x,own,", theirs: "2<a=a, 3<w=x,",
		say: "delete 2  moved to 3; deleted by you as 1; the template moved it\nupdate 3  moved from 2", after: "3=x,own,"},
	{name: "the second is deleted", base: "1<a=a, 2<w=x,", disk: "1=a,mine,", theirs: "2<a=a, 3<w=x,",
		say: "delete 1  moved to 2\nupdate 2  moved from 1\nkeep 3  deleted by you as 2; the template moved it", after: "2=a,mine,"},
	{name: "the end of it is taken", base: "1<a=a, 2<w=x,", disk: "1=a,mine, 2=x,own, 3=else,", theirs: "2<a=a, 3<w=x,", options: with(Beside),
		say: "keep 1  the template moved it to 2; it has your changes\n" +
			"conflict 2  1 of 1 change overlaps yours; the template's is in 2.scaffold-new\n" +
			"conflict 3  you and the template both added it; the template's is in 3.scaffold-new",
		after: "1=a,mine, 2=x,own, 3=else, 2.scaffold-new=a, 3.scaffold-new=x,"},
	{name: "binary, the first in conflict", base: `1<a=\0a 2<w=x,`, disk: `1=\0b 2=x,own,`, theirs: `2<a=\0c 3<w=x,`,
		say: "keep 1  stays until the conflict about 2 is resolved\n" +
			"delete 2  moved to 3\n" +
			"conflict 2  cannot be merged line by line; the template's is in 2.scaffold-new; yours is still at 1\n" +
			"update 3  moved from 2",
		after: `1=\0b 2.scaffold-new=\0c 3=x,own,`},
	{name: "once: another template for a path is none", base: "!1<a=a,", disk: "1=a,", theirs: "!1<b=b,", say: "update 1  your answers chose another template", after: "1=b,"},
}

func TestMovesOnward(t *testing.T) {
	for _, tt := range onwardTests {
		t.Run(tt.name, tt.check)
	}
}

// What was put off stays in base as it was; all else is theirs.
func TestNextBase(t *testing.T) {
	base, theirs := parse("a=1, b=1, d<d=1, k=1, m=1,2,3,"), parse("a=2, e<d=2, f=1, k=2, m=1,2,4, n=1,")
	for _, tt := range []struct {
		name, disk string
		options    Options
		want       string
	}{
		{"nothing is put off", "a=1, b=1, d=1, k=1, m=1,2,3,", Options{}, "a=2, e=2, f=1, k=2, m=1,2,4, n=1,"},
		{"deleted by the user", "b=1, d=1, k=1,", Options{}, "a=2, e=2, f=1, k=2, m=1,2,4, n=1,"},
		{"not checked out", "k=1, m=1,2,3,", Options{Absent: map[string]bool{"a": true, "b": true, "d": true, "f": true}}, "a=1, b=1, d=1, k=2, m=1,2,4, n=1,"},
		{"perhaps moved", "a=1, b=1, d=1, k=1, x=1,2,3, y=1,2,3,", Options{}, "a=2, e=2, f=1, k=2, m=1,2,3, n=1,"},
		{"in the middle of another merge", "a=" + marks + ", b=1, d=" + marks + ", k=1, m=1,2,3,0,", Options{Declared: []Move{{"d", "e"}}}, "a=1, d=1, f=1, k=2, m=1,2,4, n=1,"},
		{"cut short", "a=1, b=1, k=1,", Options{Evidence: Evidence{Short: true}}, "a=2, d=1, f=1, k=2, m=1,2,3, n=1,"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			disk := parse(tt.disk)
			ours, others := see(disk, base, theirs)
			tt.options.Others = others
			if got := print(Make(base, ours, theirs, tt.options.midMerge()).NextBase(base, theirs)); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestMovesOfTheTemplate(t *testing.T) {
	for _, tt := range templateMoveTests {
		t.Run(tt.name, tt.check)
	}
}

func TestMovesOfTheUser(t *testing.T) {
	for _, tt := range userMoveTests {
		t.Run(tt.name, tt.check)
	}
}

func TestFromIsThePathBefore(t *testing.T) {
	p := Make(parse("a=1,2,"), parse("a=1,2,3,"), parse("b=1,2,"), Options{})
	if s := p.Steps[1]; s.Path != "b" || s.From != "a" || s.Ours.Path != "a" || s.To != "b" || p.Steps[0].Verb != Delete {
		t.Errorf("got %+v", p.Steps)
	}
}

// The order in which files are met decides nothing: hundreds of files that are
// all a bit alike, and a maze of renames, give one answer.
func TestMatchIsDeterministic(t *testing.T) {
	var gone, came []string
	for i := range 60 {
		gone = append(gone, fmt.Sprintf("old%d=same,same2,same3,%d,%d,", i, i, i%7))
		came = append(came, fmt.Sprintf("new%d=same,same2,same3,%d,%d,", i, i, i%5))
	}
	first := alike(without(parse(strings.Join(gone, " ")), parse("")), without(parse(strings.Join(came, " ")), parse("")))
	for range 10 {
		again := alike(without(parse(strings.Join(gone, " ")), parse("")), without(parse(strings.Join(came, " ")), parse("")))
		if !slices.Equal(first, again) {
			t.Fatalf("got %v, then %v", first, again)
		}
	}
}
