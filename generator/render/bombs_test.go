package render

import (
	"fmt"
	"slices"
	"strings"
)

func asks(text string) func() string { return func() string { return text } }

// one is a pack of one template, made when it is needed.
func one(text func() string) func() map[string]string {
	return func() map[string]string { return map[string]string{"a.tmpl": text()} }
}

func text(s string) func() map[string]string { return one(func() string { return s }) }

// as is one template whose output has that name.
func copied() map[string]string { return map[string]string{"a": "x"} }

func as(name string, text func() string) func() map[string]string {
	return func() map[string]string { return map[string]string{name + ".tmpl": text()} }
}

func rep(s string, n int) string { return strings.Repeat(s, n) }

// many is a pack of n files.
func many(n int, file func(i int) (name, text string)) func() map[string]string {
	return func() map[string]string {
		files := make(map[string]string)
		for i := range n {
			name, text := file(i)
			files[name] = text
		}
		return files
	}
}

const short = `questions:
- {name: flag, type: bool, help: h, default: true}
- {name: name, type: string, help: h, default: hello}
- {name: parts, type: choices, help: h, choices: [a, b], default: [a, b]}
`

const tooMuch = "the pack's templates do too much"

var bombs = slices.Concat(recursion, absent, spending, inManifests, inFiles, inOutput)

// Templates that call each other, however deep, and what the parser recurses over.
var recursion = []bomb{
	{"a template calls itself", "define and block are not available", asks(short), text(`{{ define "a" }}{{ template "a" }}{{ end }}{{ template "a" }}`)},
	{"a template calls itself by its file's name", "template is not available", asks(short), text(`{{ define "p/files/a.tmpl" }}{{ template "p/files/a.tmpl" }}{{ end }}`)},
	{"two templates call each other", "define and block are not available", asks(short), text(`{{ define "a" }}{{ template "b" }}{{ end }}{{ define "b" }}{{ template "a" }}{{ end }}`)},
	{"a block calls itself", "define and block are not available", asks(short), text(`{{ block "a" . }}{{ template "a" . }}{{ end }}`)},
	{"a file calls another", "template is not available", asks(short), text(`{{ template "p/files/b.tmpl" . }}`)},
	{"nested blocks", "nested more than 100", asks(short), one(func() string { return rep(`{{block "a" .}}`, 30_000) })},
	{"nested defines", "nested more than 100", asks(short), one(func() string { return rep(`{{define "a"}}`, 30_000) })},
	{"nested ifs", "nested more than 100", asks(short), one(func() string { return rep(`{{if 1}}`, 60_000) })},
	{"nested ifs, closed", "nested more than 100", asks(short), one(func() string { return rep(`{{if 1}}`, 30_000) + rep("{{end}}", 30_000) })},
	{"nested ranges", "nested more than 100", asks(short), one(func() string { return rep(`{{range .parts}}`, 30_000) })},
	{"nested withs in another's delimiters", "nested more than 100", asks(short + "files: [{path: a.tmpl, delims: ['a', 'b']}]\n"), one(func() string { return rep(`awith 1b`, 60_000) })},
	{"nested ifs in a condition", "nested more than 100", asks(short + "files: [{path: a, when: '" + rep("{{if 1}}", 20_000) + "'}]\n"), copied},
	{"nested ifs in a closing text", "nested more than 100", asks(short + "next: '" + rep("{{if 1}}", 20_000) + "'\n"), copied},
	{"parentheses", "nested more than 100", asks(short), one(func() string { return "{{ len " + rep("(", 500_000) })},
	{"parentheses, closed", "nested more than 100", asks(short), one(func() string { return "{{ len " + rep("(", 9_990) + "1" + rep(")", 9_990) + "}}" })},
	{"else ifs in another's delimiters", "", asks(short + "files: [{path: a.tmpl, delims: ['<', '>']}]\n"), one(func() string { return "<if 0>" + rep(`<else if 0>`, 30_000) + "<end>" })},
	{"a pipeline without end", tooMuch, asks(short), one(func() string { return loop("{{ 1" + rep("|not", 100_000) + "}}") })},
	{"fields of fields", "", asks(short), one(func() string { return "{{ if 0 }}{{ .name" + rep(".a", 100_000) + "}}{{ end }}" })},
	{"if hidden ends in strings", "nested more than 100", asks(short + "files: [{path: a.tmpl, delims: ['<', '>']}]\n"), one(func() string { return rep(`<if "<end">`, 47_000) })},
	{"if hidden ends in strings, closed", "nested more than 100", asks(short + "files: [{path: a.tmpl, delims: ['<', '>']}]\n"), one(func() string { return rep(`<if "<end">`, 32_000) + rep("<end>", 32_000) })},
	{"if hidden ends in comments", "nested more than 100", asks(short), one(func() string { return rep(`{{if 1}}{{/*{{end}}*/}}`, 22_000) })},
	{"else if chain", "", asks(short), one(func() string { return "{{if 0}}" + rep(`{{else if 0}}`, 15_000) + "{{end}}" })},
	{"else with chain", "", asks(short), one(func() string { return "{{with 0}}" + rep(`{{else with 0}}`, 15_000) + "{{end}}" })},
	{"parens after quoted delimiter", "nested more than 100", asks(short), one(func() string { return `{{ "}}" | ` + rep("(", 400_000) })},
	{"parens after quoted delimiter 9999", "nested more than 100", asks(short), one(func() string { return `{{ len "}}" ` + rep("(", 9_990) + "1" + rep(")", 9_990) + "}}" })},
	{"decls after quoted delimiter", "declares more than 100", asks(short), one(func() string { return `{{ and "}}" ` + rep("($a:=1)", 30_000) + rep("$b", 100_000) + "}}" })},
	{"decls after quoted delimiter 2", "declares more than 100", asks(short), one(func() string { return `{{ and "}}" ` + rep("($a:=1)", 30_000) + rep(" $", 100_000) + "}}" })},
}

// absent are functions that make a run endless or huge. They are not there, however
// they are called.
var absent = func() (bombs []bomb) {
	for _, call := range []string{
		"printf `%999999999d` 1", "printf `%*d` 999999999 1", "printf `%[1]*.[2]*d` 999999999 999999999 1", "printf `%.999999999f` 1.0",
		"1 | printf `%-999999999d`", "printf `%#x` (printf `%#x` .name)", "print .name .name", "println .name", "html .name", "js .name", "urlquery .name",
		"call .name", "slice .name 0", "repeat 999999999 `a`", "until 999999999", "untilStep 0 999999999 1", "seq 1 999999999", "list 1 2", "dict `a` 1",
		"wrap 1 .name", "cat .name .name", "nospace .name", "trunc 1 .name", "fromJson .name", "tpl .name", "include `a`", "regexMatch `(a+)+$` .name", "regexReplaceAll `a` .name `b`", "genPrivateKey `rsa`", "derivePassword 999999999 `long` `a` `b` `c`",
	} {
		bombs = append(bombs, bomb{call, "is not available", asks(short), text("{{ if false }}{{ " + call + " }}{{ end }}")})
	}
	for _, over := range []string{".flag", "$.name", "999999999", "(splitList `` .name)", ".parts | len"} {
		bombs = append(bombs, bomb{"range over " + over, "range is for", asks(short), text("{{ range " + over + " }}{{ end }}")})
	}
	return bombs
}()

// spending are templates that cost more than one sees.
var spending = []bomb{
	{"range in range in range", "range is nested more than 2 deep", asks(short), text("{{ range .parts }}{{ range $.parts }}{{ range $.parts }}{{ end }}{{ end }}{{ end }}")},
	{"nothing, often", tooMuch, asks(short), one(func() string { return rep(loop(""), 5) })},
	{"a break, often", tooMuch, asks(short), one(func() string { return rep(loop(rep("{{if 1}}", 90)+"{{continue}}"+rep("{{end}}", 90)), 5) })},
	{"a list that is too long", "the list has 300001 items, more than 1000", asks(short), one(func() string { return "{{ len (splitList `` `" + rep("a", 300_001) + "`) }}" })},
	{"indent", "longer than 1048576 bytes", asks(short), one(func() string { return "{{ indent 200 `" + rep("\n", 10_000) + "` }}" })},
	{"nindent, again and again", tooMuch, asks(short), one(func() string { return "{{ $s := `\n` }}" + loop("{{ $s = nindent 200 $s }}") })},
	{"indent by less than nothing", "want 0 to 200", asks(short), text("{{ indent -1 `a` }}")},
	{"replace, again and again", "longer than 1048576 bytes", asks(short), one(func() string { return "{{ $s := `a` }}" + loop("{{ $s = replace `a` `aa` $s }}") })},
	{"replace of nothing", "longer than 1048576 bytes", asks(short), one(func() string { return "{{ replace `` `" + rep("a", 1000) + "` `" + rep("b", 100_000) + "` }}" })},
	{"join, again and again", "longer than 1048576 bytes", asks(short), one(func() string { return "{{ $s := `a` }}" + loop("{{ $s = join $s (splitList `` `aaa`) }}") })},
	{"arguments of and", "", asks(short), one(func() string { return "{{ if and" + rep(" 1", 200_000) + " }}{{ end }}" })},
	{"arguments of eq, often", tooMuch, asks(short), one(func() string { return loop("{{ if eq 1" + rep(" 2", 100_000) + " }}{{ end }}") })},
	{"arguments of mul", "", asks(short), one(func() string { return "{{ mul" + rep(" 9223372036854775807", 20_000) + " }}" })},
	{"a long number of mul, often", tooMuch, asks(short), one(func() string { return "{{ $n := `" + rep("9", 400_000) + "` }}" + loop("{{ if mul $n }}{{ end }}") })},
	{"lists compared, often", tooMuch, asks(short), one(func() string {
		return "{{ $l := splitList `` `" + rep("a", 1000) + "` }}" + loop("{{ if has $l $l }}{{ end }}")
	})},
	{"1e999999999", "number syntax", asks(short), text("{{ 1e999999999 }}")},
	{"0x1p999999999", "number syntax", asks(short), text("{{ 0x1p999999999 }}")},
	{"1e-999999999", "", asks(short), text("{{ 1e-999999999 }}")},
	{"a number of 500 KB digits", "number syntax", asks(short), one(func() string { return "{{ 1" + rep("0", 500_000) + " }}" })},
	{"a complex number of 500 KB digits", "", asks(short), one(func() string { return "{{ 1." + rep("0", 200_000) + "+1." + rep("0", 200_000) + "i }}" })},
	{"a complex number, often", tooMuch, asks(short), one(func() string { return loop("{{ if 1." + rep("0", 200_000) + "+1i }}{{ end }}") })},
	{"a character of 500 KB", "malformed character constant", asks(short), one(func() string { return "{{ '" + rep("a", 500_000) + "' }}" })},
	{"a comment without end", "unclosed comment", asks(short), one(func() string { return rep("{{/*", 120_000) })},
	{"print a list", tooMuch, asks(short), many(4, func(i int) (string, string) {
		return fmt.Sprintf("%d.tmpl", i), "{{ $l := splitList `` `" + rep("a", 1000) + "` }}" + loop("{{ $l }}")
	})},
	{"print a list of nothing", tooMuch, asks(short), many(4, func(i int) (string, string) {
		return fmt.Sprintf("%d.tmpl", i), "{{ $l := splitList `a` `" + rep("a", 999) + "` }}" + loop("{{ $l }}")
	})},
	{"nindent of lines, often", tooMuch, asks(short), one(func() string {
		return loop("{{ if nindent 0 `\n\n\n\n` }}{{ end }}") + loop("{{ if nindent 0 `\n\n\n\n` }}{{ end }}")
	})},
	{"print data", tooMuch, asks("questions:\n" + questions(1000)), one(func() string { return loop("{{ $ }}") })},
	{"long variables", tooMuch, asks(short), one(func() string {
		s, v := "", rep("a", 2400)
		for i := range 100 {
			s += fmt.Sprintf("{{$%s%02d:=1}}", v, i)
		}
		return s + loop(rep("{{if $"+v+"00}}{{end}}", 50))
	})},
	{"long field", tooMuch, asks("questions:\n- {name: " + rep("a", 50_000) + ", type: bool, help: h, default: true}\n"), one(func() string {
		return loop(rep("{{if $."+rep("a", 50_000)+"}}{{end}}", 8))
	})},
	{"long number", tooMuch, asks(short), one(func() string { return loop("{{if " + rep("0", 400_000) + "1}}{{end}}") })},
	{"long float", tooMuch, asks(short), one(func() string { return loop("{{if 1." + rep("0", 400_000) + "1}}{{end}}") })},
	{"nested parens memory", "more than 500000 nodes", asks(short), many(60, func(i int) (string, string) {
		return fmt.Sprintf("%d.tmpl", i), rep("{{"+rep("(", 99)+"1"+rep(")", 99)+"}}", 2500)
	})},
	{"nested parens steps", tooMuch, asks(short), one(func() string { return loop(rep("{{if "+rep("(", 99)+"1"+rep(")", 99)+"}}{{end}}", 100)) })},
	{"goString doubling", "longer than 1048576 bytes", asks(short), one(func() string { return "{{$s:=`\\`}}" + loop("{{$s = goString $s}}") })},
	{"shWord quadrupling", "longer than 1048576 bytes", asks(short), one(func() string { return "{{$s:=`'`}}" + loop("{{$s = shWord $s}}") })},
	{"jsonString doubling", "longer than 1048576 bytes", asks(short), one(func() string { return "{{$s:=`\\`}}" + loop("{{$s = jsonString $s}}") })},
	{"regexpText doubling", "longer than 1048576 bytes", asks(short), one(func() string { return "{{$s:=`\\`}}" + loop("{{$s = regexpText $s}}") })},
	{"markdown doubling", "longer than 1048576 bytes", asks(short), one(func() string { return "{{$s:=`\\`}}" + loop("{{$s = markdownText $s}}") })},
	{"systemd doubling", "longer than 1048576 bytes", asks(short), one(func() string { return "{{$s:=`%`}}" + loop("{{$s = systemdValue $s}}") })},
	{"yaml doubling", "longer than 1048576 bytes", asks(short), one(func() string { return "{{$s:=`\\`}}" + loop("{{$s = yamlString $s}}") })},
	{"goString doubling nested parens", "longer than 1048576 bytes", asks(short), one(func() string { return "{{" + rep("goString (", 90) + "`\\`" + rep(")", 90) + "}}" })},
	{"error of quoter", "has a NUL", asks(short), one(func() string {
		return "{{$s:=`'`}}" + rep("{{$s = shWord $s}}", 8) + "{{$s = join $s (splitList `` `\x00\x00`)}}{{shWord $s}}"
	})},
	{"unused delims", "is not available", asks(short), one(func() string {
		var b strings.Builder
		b.WriteString("{{ zzzz }}[[ <% << ")
		for i := 1; i < 70_000; i++ {
			fmt.Fprintf(&b, "<%d", i)
		}
		return b.String() + "<"
	})},
}

// inManifests are conditions, destinations, patterns and lists of a manifest.
var inManifests = []bomb{
	{"a manifest of 300 KB", "has 300033 bytes, more than 262144", asks(rep(" ", 300_000)), copied},
	{"nested lists", "brackets are nested more than 64 deep", asks("questions: " + rep("[", 100_000) + "\n"), copied},
	{"nested mappings", "nested more than 64 deep", asks("questions: " + rep("{a: ", 60_000) + "\n"), copied},
	{"nested items", "nested more than 64 deep", asks("questions:\n" + rep("- ", 100_000) + "\n"), copied},
	{"aliases of aliases", "an anchor (&name): write the value out", asks("next: &a x\nquestions: [*a, *a]\n"), copied},
	{"20,000 questions", "more than 1000", asks("questions:\n" + rep("- {name: a}\n", 20_000)), copied},
	{"20,000 rules", "more than 1000", asks("files:\n" + rep("- {path: a}\n", 20_000)), copied},
	{"20,000 refusals", "more than 1000", asks("refuse: [" + rep("{}, ", 20_000) + "]\n"), copied},
	{"20,000 moves", "more than 1000", asks("moved: [" + rep("{}, ", 20_000) + "]\n"), copied},
	{"20,000 unknown keys", "already defined", asks(rep("a: b\n", 20_000)), copied},
	{"1000 questions, each with a default and a condition", "", asks("questions:\n" + questions(1000)), copied},
	{"1000 refusals that loop", tooMuch, asks("refuse:\n" + rep("- {when: '{{ range splitList `` `"+rep("a", 99)+"` }}{{ range splitList `` `"+rep("a", 99)+"` }}{{ end }}{{ end }}', say: x}\n", 250)), copied},
	{"a default of 60 MiB", "writes more than 64 KiB", asks("questions:\n- {name: a, type: text, help: h, default: '" + loop(rep("a", 60)) + "'}\n"), copied},
	{"a condition of 60 MiB", "writes more than 64 KiB", asks("files:\n- {path: a, when: '" + loop(rep("a", 60)) + "'}\n"), copied},
	{"a pattern of many stars", "matches no file below", asks("files:\n- {path: '" + rep("*a", 400) + "'}\n- {path: '**'}\n"), many(20_000, func(i int) (string, string) { return fmt.Sprintf("%sb%d", rep("a", 90), i), "x" })},
	{"a match that repeats repetitions", "more than 3000: its repetitions multiply", asks("questions: [{name: a, type: string, help: h, match: '(abcd){1000}'}]\n"), copied},
	{"a match that other readers need ages for", "does not fit", asks("questions: [{name: a, type: string, help: h, default: '" + rep("a", 1000) + "b', match: '(a+)+'}]\n"), copied},
	{"a match nested deep", "a is missing", asks("questions: [{name: a, type: string, help: h, match: '" + rep("(", 480) + rep(")", 480) + "'}]\n"), copied},
	{"bad condition for many files", "not available", asks(short + "files: [{path: '**', when: '" + rep("{{1}}", 1_000) + "{{ nope }}'}]\n"), many(20_000, func(i int) (string, string) { return fmt.Sprint(i), "x" })},
	{"long destination of many files", "more than 128 MiB to compare", asks(short + "files: [{path: 'd/', to: '{{ if .flag }}x{{ else }}" + rep("a", 200_000) + "{{ end }}/'}]\n"), many(20_000, func(i int) (string, string) { return fmt.Sprint("d/", i), "x" })},
	{"long pattern", "has 200001 bytes, more than 1000", asks(short + "files: [{path: '*" + rep("a*", 100_000) + "'}, {path: '**'}]\n"), many(20_000, func(i int) (string, string) { return fmt.Sprint("d/", i), "x" })},
	{"long pattern of folders", "has 210001 bytes, more than 1000", asks(short + "files: [{path: '" + rep("**/", 70_000) + "x'}, {path: '**'}]\n"), many(20_000, func(i int) (string, string) { return fmt.Sprint("d/", i), "x" })},
	{"long excludes", "has 2400 bytes, more than 1000", asks(short + "exclude: [" + rep("'"+rep("[a-z]*", 400)+"', ", 100) + "]\n"), many(20_000, func(i int) (string, string) { return fmt.Sprintf("d/%010dabcdefghijklmnopqrstuvwxyz", i), "x" })},
	{"short excludes", "excludes 100 patterns from too many files", asks(short + "exclude: [" + rep("'**/*a*b*c*d', ", 100) + "]\n"), many(20_000, func(i int) (string, string) {
		return fmt.Sprintf("%d/a/b/c/d/%010dabcdefghijklmnopqrstuvwxyz", i%100, i), "x"
	})},
	{"long conditions", "more than 128 MiB to compare", asks(short + "files: [" + rep("{path: '**', when: '{{ if .flag }}"+rep("a", 2300)+"{{ end }}true'}, ", 100) + "]\n"), many(20_000, func(i int) (string, string) { return fmt.Sprint(i), "x" })},
	{"case folded classes", "more than 10000", asks("questions:\n" + each(240, func(i int) string {
		return fmt.Sprintf("- {name: n%d, type: string, help: h, default: a, match: '(?i)[%s]'}\n", i, rep(`\pL`, 320))
	})), text("x")},
	{"slow matches", "", asks("questions:\n" + each(3, func(i int) string {
		return fmt.Sprintf("- {name: n%d, type: text, help: h, default: '{{ join `aaaaaaaaaaaaaaa` (splitList `` `%s`) }}', match: '(?s)(?:(?:.?){900}.)*'}\n", i, rep("b", 1000))
	})), text("x")},
	{"path of 60 MiB", "writes more than 64 KiB", asks("files: [{path: a, to: '" + loop("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa") + "'}]\n"), func() map[string]string { return map[string]string{"a": "x"} }},
	{"path of 60 MiB of controls", "writes more than 64 KiB", asks("files: [{path: a, to: '{{ if 1 }}" + loop("{{ `\\x01` }}") + "{{ end }}'}]\n"), func() map[string]string { return map[string]string{"a": "x"} }},
	{"next of 60 MiB", "writes more than 64 KiB", asks("next: '" + loop("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa") + "'\n"), func() map[string]string { return map[string]string{"a": "x"} }},
	{"bad paths by many answers", "is absolute", asks("questions:\n" + questions(1000) + "files: [{path: 'd/', to: '{{ index . `q1` }}/../'}]\n"), many(1000, func(i int) (string, string) { return fmt.Sprint("d/", i), "x" })},
}

// inFiles are many files, or large ones.
var inFiles = []bomb{
	{"as much of everything as there may be", "", asks(short), func() map[string]string {
		files := map[string]string{
			"z.go.tmpl":   "package a\nvar x = " + rep("(", 99_000) + "1" + rep(")", 99_000) + "\n",
			"y.yaml.tmpl": rep("- {a: b}\n", 9_000),
			"x.tmpl":      rep("{{1}}", 80_000),
			"w.tmpl":      rep("{{"+rep("(", 99)+"1"+rep(")", 99)+"}}", 1_500),
			"v.tmpl":      "{{ range splitList `` `" + rep("a", 1000) + "` }}" + rep("a", 50_000) + "{{ end }}",
		}
		for i := range 58 {
			files[fmt.Sprintf("%d.tmpl", i)] = rep("a", 512<<10)
		}
		return files
	}},
	{"words of a letter", "the pack's templates do too much", asks(short), text("{{ $a := `" + rep("aA", 100_000) + "` }}" + rep("{{ if camel $a }}{{ end }}", 200))},
	{"1000 includes", "includes has 1000 entries, more than 20", asks("includes:\n" + includes(1000)), copied},
	{"20 includes of a folder of litter", "", asks("includes:\n" + includes(20)), many(20_000, func(i int) (string, string) {
		if i == 0 {
			return "../s/a", "x"
		}
		return fmt.Sprintf("../s/%d~", i), "x"
	})},
	{"20 includes of 1001 files", "files before it count", asks("includes:\n" + includes(20)), many(1001, func(i int) (string, string) { return fmt.Sprintf("../s/%d", i), "x" })},
	{"1000 values that use each other", "", asks("values:\n- {name: v0, value: a}\n" + chained(999)), text("{{ .v999 }}")},
	{"1000 values for 1000 paths that are wrong", "is absolute", asks("questions:\n" + questions(500) + "values:\n- {name: v0, value: '{{ .q0 }}/'}\n" + chained(999) + "files: [{path: 'd/', to: '{{ .v999 }}../'}]\n"), many(1000, func(i int) (string, string) { return fmt.Sprint("d/", i), "x" })},
	{"20,000 templates", "", asks(short), many(20_000, func(i int) (string, string) { return fmt.Sprintf("%d.tmpl", i), "{{ .name }}" })},
	{"20,000 templates with conditions", "", asks(short + "files: [{path: 'd/', when: '{{ .flag }}', to: '{{ .name }}/'}]\n"), many(20_000, func(i int) (string, string) { return fmt.Sprintf("d/%d.tmpl", i), "{{ .name }}" })},
	{"20,001 files", "more than 20000 files", asks(short), many(20_001, func(i int) (string, string) { return fmt.Sprint(i), "" })},
	{"20,000 files for one path", "is written twice", asks(short + "files: [{path: '*', to: x}]\n"), many(20_000, func(i int) (string, string) { return fmt.Sprint(i), "" })},
	{"20,000 faulty templates", "mend these", asks(short), many(20_000, func(i int) (string, string) { return fmt.Sprintf("%d.tmpl", i), "{{" })},
	{"20,000 templates that fail", "mend these", asks(short), many(20_000, func(i int) (string, string) { return fmt.Sprintf("%d.tmpl", i), "{{ index .name 100 }}" })},
	{"a template of 600 KB", "has 614400 bytes, more than 524288", asks(short), one(func() string { return rep("a", 600<<10) })},
	{"a folder 21 deep", "folders deep", asks(short), func() map[string]string { return map[string]string{rep("a/", 30) + "a": ""} }},
	{"32 MiB of comments", "", asks(short + "files: [{path: '*', delims: ['<', '>']}]\n"), many(63, func(i int) (string, string) { return fmt.Sprintf("%d.tmpl", i), rep("</**/>", 512<<10/6) })},
	{"32 MiB of text", "", asks(short), many(63, func(i int) (string, string) { return fmt.Sprintf("%d.tmpl", i), rep("a", 512<<10) })},
	{"128 files of 1 MiB", tooMuch, asks(short), many(130, func(i int) (string, string) { return fmt.Sprintf("%d.tmpl", i), loop("a") })},
	{"2 files of 60 MiB", tooMuch, asks(short), many(2, func(i int) (string, string) { return fmt.Sprintf("%d.tmpl", i), loop(rep("a", 60)) })},
	{"nodes", "", asks(short), many(3, func(i int) (string, string) { return fmt.Sprintf("%d.tmpl", i), rep("{{1}}", 80_000) })},
}

// inOutput is what does not parse, or only by deep recursion.
var inOutput = []bomb{
	{"go parens", "", asks(short), as("a.go", func() string { return "package a\nvar x = " + rep("(", 400_000) })},
	{"go parens, closed", "", asks(short), as("a.go", func() string { return "package a\nvar x = " + rep("(", 99_000) + "1" + rep(")", 99_000) + "\n" })},
	{"go pointers", "", asks(short), as("a.go", func() string { return "package a\nvar x " + rep("*", 98_000) + "int\n" })},
	{"go slices", "", asks(short), as("a.go", func() string { return "package a\nvar x " + rep("[]", 98_000) + "int\n" })},
	{"go else ifs", "", asks(short), as("a.go", func() string { return "package a\nfunc f() { " + rep("if x {} else ", 33_000) + "{} }\n" })},
	{"go blocks", "", asks(short), as("a.go", func() string { return "package a\nfunc f() { " + rep("{ ", 98_000) + rep(" }", 98_000) + " }\n" })},
	{"go funcs", "", asks(short), as("a.go", func() string { return "package a\nvar x = " + rep("func(){f(", 20_000) + rep(")}", 20_000) + "\n" })},
	{"go labels", "", asks(short), as("a.go", func() string { return "package a\nfunc f() { " + rep("a:", 98_000) + "}\n" })},
	{"go literals", "", asks(short), as("a.go", func() string { return "package a\nvar x = T" + rep("{ ", 98_000) + rep(" }", 98_000) + "\n" })},
	{"go generics", "", asks(short), as("a.go", func() string { return "package a\nvar x a" + rep("[a", 98_000) + rep("]", 98_000) + "\n" })},
	{"go unary", "", asks(short), as("a.go", func() string { return "package a\nvar x = " + rep("- ", 98_000) + "1\n" })},
	{"go binary", "exceeded max nesting depth", asks(short), as("a.go", func() string { return "package a\nvar x = 1" + rep("+1", 240_000) + "\n" })},
	{"go long literal", "expected", asks(short), as("a.go", func() string { return "package a\nvar x 1" + rep("0", 400_000) + "\n" })},
	{"go structs", "", asks(short), as("a.go", func() string { return "package a\nvar x " + rep("struct{a ", 50_000) + "int" + rep("}", 50_000) + "\n" })},
	{"go chans", "", asks(short), as("a.go", func() string { return "package a\nvar x " + rep("chan ", 98_000) + "int\n" })},
	{"json arrays", "exceeded max depth", asks(short), as("a.json", func() string { return rep("[", 200_000) + rep("]", 200_000) })},
	{"json objects", "exceeded max depth", asks(short), as("a.json", func() string { return rep(`{"":`, 100_000) + "1" + rep("}", 100_000) })},
	{"json comments", "", asks(short), as("a.json", func() string { return rep("/**/", 120_000) })},
	{"yaml flow", "", asks(short), as("a.yaml", func() string { return rep("[", 40_000) + rep("]", 40_000) })},
	{"yaml tags", "", asks(short), as("a.yaml", func() string {
		var b strings.Builder
		for i := range 30_000 {
			fmt.Fprintf(&b, "%%TAG !%d! a\n", i)
		}
		return b.String() + "--- a\n"
	})},
	{"yaml documents", "", asks(short), as("a.yaml", func() string { return rep("--- a\n", 13_000) })},
	{"yaml documents 2", "", asks(short), as("a.yaml", func() string { return rep("---\n", 19_000) })},
	{"yaml blank", "", asks(short), as("a.yaml", func() string { return "a: |\n" + rep("\n", 80_000) })},
	{"yaml comments", "", asks(short), as("a.yaml", func() string { return rep("#\n", 40_000) })},
	{"yaml comments and items", "", asks(short), as("a.yaml", func() string { return rep("# a\n- b # c\n", 7_000) })},
	{"yaml question marks", "", asks(short), as("a.yaml", func() string { return rep("? a\n", 20_000) })},
	{"yaml anchors", "", asks(short), as("a.yaml", func() string {
		var b strings.Builder
		for i := range 4_000 {
			fmt.Fprintf(&b, "- &a%d x\n- *a%d\n", i, i)
		}
		return b.String()
	})},
	{"yaml aliases", "", asks(short), as("a.yaml", func() string {
		return "a0: &a0 [x]\n" + func() string {
			s := ""
			for i := range 40 {
				s += fmt.Sprintf("a%d: &a%d [%s]\n", i+1, i+1, rep(fmt.Sprintf("*a%d, ", i), 9))
			}
			return s
		}()
	})},
	{"yaml simple keys", "", asks(short), as("a.yaml", func() string { return "{" + rep("a, ", 26_000) + "}" })},
	{"yaml maps", "", asks(short), as("a.yaml", func() string {
		return "{" + func() string {
			var b strings.Builder
			for i := range 10_000 {
				fmt.Fprintf(&b, "a%d: , ", i)
			}
			return b.String()
		}() + "}"
	})},
	{"yaml quoted lines", "", asks(short), as("a.yaml", func() string { return `a: "` + rep("\n", 79_000) + `"` })},
	{"yaml plain lines", "", asks(short), as("a.yaml", func() string { return "a: b" + rep("\n c", 26_000) })},
}

// each writes a line for each of n.
func each(n int, line func(i int) string) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(line(i))
	}
	return b.String()
}

func questions(n int) string {
	return each(n, func(i int) string { return fmt.Sprintf("- {name: q%d, type: string, help: h, default: ''}\n", i) })
}

// chained are values of which each is the one before it, down to v0.
func chained(n int) string {
	return each(n, func(i int) string { return fmt.Sprintf("- {name: v%d, value: '{{ .v%d }}'}\n", i+1, i) })
}

func includes(n int) string {
	return each(n, func(i int) string { return fmt.Sprintf("- {from: s, to: t%d}\n", i) })
}
