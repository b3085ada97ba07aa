package render

import (
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"scaffold/generator/answer"
	"scaffold/generator/problem"
)

// fragments are what packs are made of. In what the fuzzer gives, bytes from 0x80 on stand
// for them, because chance alone spells few.
var fragments = []string{
	"{{ ", " }}", "{{- ", " -}}", "{{/* ", " */}}", "{{ end }}", "{{ if ", "{{ else }}", "{{ else if ", "{{ with ", "{{ range ", "{{ break }}", "{{ continue }}",
	"{{ define `a` }}", "{{ template `a` . }}", "{{ block `a` . }}", "(", ")", " | ", "$s := ", "$s = ", "$s ", "$i, $e := ", "$", ".", ".name ", ".parts ", ".port ", ".flag ", ".text ",
	"splitList `` ", "splitList `,` ", "join `aaaa` ", "replace `a` `aaaa` ", "indent 200 ", "nindent 9 ", "goString ", "shWord ", "jsonString ", "pythonString ", "yamlString ", "regexpText ", "markdownText ", "systemdValue ", "nginxString ",
	"lower ", "upper ", "trim ", "ternary 1 2 ", "mul 2 ", "eq 1 ", "lt `a` ", "and ", "or ", "not ", "len ", "index . ", "has `a` ", "`\\`", "`aaaaaaaaaaaaaaaaaaaaaaaa`", "`'`", "1e99", "0x1p-9", "'a'",
	"- {path: ", "'**'", "'*.tmpl'", "'b/'", ", when: '", ", to: '", ", mode: '0755'", ", once: true", ", delims: ['<', '>']", "'}\n", "}\n", "files:\n", "refuse:\n", "- {when: '", "', say: x}\n",
	"exclude: [", "]\n", "next: '", "'\n", "- {name: ", ", type: string", ", type: text", ", help: h", ", default: '", ", match: '", "(a|b?){9}", "<", ">",
}

func spell(text string) string {
	var b strings.Builder
	for i := range len(text) {
		if word := int(text[i]) - 0x80; word >= 0 && word < len(fragments) {
			b.WriteString(fragments[word])
		} else {
			b.WriteByte(text[i])
		}
	}
	return b.String()
}

// unspell is what spell makes text of, for seeds.
func unspell(text string) string {
	for i, word := range fragments {
		if len(word) > 3 {
			text = strings.ReplaceAll(text, word, string([]byte{byte(0x80 + i)}))
		}
	}
	return text
}

// A whole pack, whatever stands in it, and whatever is answered, is loaded, compiled
// and rendered, or refused as what somebody gave. It costs no more than a run may,
// and the time that those steps are worth.
func FuzzPack(f *testing.F) {
	for _, seed := range [][3]string{
		{"", "{{ .name }}", "name=x"},
		{"files:\n- {path: '*', to: '{{ .name }}/', when: '{{ .flag }}', mode: '0755', once: true}\nnext: '{{ .text }}'\n", "{{ range .parts }}{{ . }}{{ end }}", "parts=a\nflag=no"},
		{"files:\n- {path: a.go.tmpl, delims: ['<', '>']}\n", "package <.name>\n<if \"<end>\"><end>", "name=a"},
		{"refuse:\n- {when: '{{ eq .port 81 }}', say: never}\nexclude: ['b/**', '[a-c]?']\n", "{{ $s := `\\` }}{{ range splitList `` `aaa` }}{{ $s = goString $s }}{{ end }}{{ $s }}", "port=81"},
		{"- {name: a, type: string, help: h, default: '{{ upper `a` }}', match: '(a|b){9}', want: w}\n- {name: b, type: int, help: h, default: 1, when: '{{ eq .a `A` }}', needs: a}\n", "{{ . }}{{ index $ `a` | yamlString }}", "a=bbbbbbbbb"},
		{"", "{{ 1e999 }}{{ 0x1p-9 }}{{ '\\n' }}{{/* {{ end }} */ -}} x", ""},
		{"moved: [{from: a, to: b, since: 1.0.0}]\n", "{{ indent 200 (join `\n` (splitList `` `aaaa`)) | shWord | markdownText | nginxString }}", ""},
	} {
		f.Add(unspell(seed[0]), unspell(seed[1]), seed[2])
	}
	f.Fuzz(func(t *testing.T, yaml, text, answers string) {
		fsys := fstest.MapFS{"pack.yaml": {Data: []byte(manifest + spell(yaml))}}
		for _, name := range []string{"a.go.tmpl", "a.json.tmpl", "a.yaml.tmpl", "b/a.tmpl", "b/c"} {
			fsys["files/"+name] = &fstest.MapFile{Data: []byte(spell(text))}
		}
		var layer answer.Layer
		for line := range strings.Lines(answers) {
			name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "=")
			layer = append(layer, answer.Value{Name: name, Text: value, Where: name})
		}
		start := time.Now()
		steps, err := useAll(t.Context(), fsys, layer)
		took := time.Since(start)
		switch {
		case err != nil && !problem.IsInput(err):
			t.Errorf("is not the pack's fault: %v", err)
		case err == nil && steps > maxSteps:
			t.Errorf("takes %d steps, and nobody says so", steps)
		case took > mostCPU+time.Duration(steps)*100*time.Nanosecond:
			t.Errorf("takes %v for %d steps", took, steps)
		}
	})
}
