package pack

import "scaffold/generator/strictyaml"

// JSONSchema returns the JSON Schema of pack.yaml, for editors. It tells what the
// tables below tell the decoder: which keys there are and what stands behind them.
// How they go together, only [Load] knows.
func JSONSchema() []byte {
	return strictyaml.Schema("pack.yaml of scaffold: what a pack asks, and which files it writes", manifestKeys)
}

const (
	nameKey    = "^[a-z][a-z0-9_]*$" // of a question
	choiceKey  = "^[A-Za-z0-9][A-Za-z0-9._-]*$"
	versionKey = `^(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)(-(0|[1-9][0-9]*|[0-9]*[A-Za-z-][0-9A-Za-z-]*)(\.(0|[1-9][0-9]*|[0-9]*[A-Za-z-][0-9A-Za-z-]*))*)?$`
)

// Texts that may not be empty, and those that may not be only space either.
var (
	filled = strictyaml.Form(`.`)
	spoken = strictyaml.Form(`\S`)
)

var (
	manifestKeys = strictyaml.Keys{
		{Name: "schema", Value: strictyaml.Number, Required: true, Help: "The schema of this file, by which a scaffold knows whether it can read it.", Example: "1"},
		{Name: "name", Value: spoken, Required: true, Help: "The pack's name.", Example: "web"},
		{Name: "version", Value: strictyaml.Form(versionKey), Help: "The pack's semantic version. It may be left out where a tag gives it, and must agree with that.", Example: "1.0.0"},
		{Name: "description", Value: strictyaml.Text, Help: "What the pack writes, in a line.", Example: "A web app"},
		{Name: "scaffold", Value: strictyaml.Form(`^ *(>=|<=|>|<|=) *[0-9]`), Help: "Which versions of scaffold can use the pack: comparisons that all must hold, with commas.", Example: `">=1.4"`},
		{Name: "questions", Value: strictyaml.List(strictyaml.Object(questionKeys)), Help: "What is asked, in this order.", Example: "[{name: name, type: string, help: The name}]"},
		{Name: "values", Value: strictyaml.List(strictyaml.Object(valueKeys)), Help: "What follows from the answers: used in templates as an answer is, but neither asked nor stored.", Example: "[{name: unit, value: 'app.service'}]"},
		{Name: "refuse", Value: strictyaml.List(strictyaml.Object(refusalKeys)), Help: "Answers that cannot go together.", Example: "[{when: 'true', say: choose another}]"},
		{Name: "exclude", Value: strictyaml.List(filled), Help: "Patterns of what below files/ is no part of the pack.", Example: `["**/*_test.sh", drafts/]`},
		{Name: "includes", Value: strictyaml.List(strictyaml.Object(includeKeys)), Help: "Folders beside the pack whose files count as if they stood below files/.", Example: "[{from: ../shared/nginx, to: deploy/}]"},
		{Name: "files", Value: strictyaml.List(strictyaml.Object(ruleKeys)), Help: "Rules for paths below files/; a later one overrides what it sets.", Example: "[{path: '**'}]"},
		{Name: "moved", Value: strictyaml.List(strictyaml.Object(moveKeys)), Help: "Paths of the output that got another name, so that a user's edits follow.", Example: "[{from: server.go, to: main.go, since: 2.0.0}]"},
		{Name: "notes", Value: strictyaml.Value{Type: "object", Pattern: versionKey, Each: &strictyaml.Text}, Help: "What a user should know of each version, printed by a regenerate that passes it.", Example: "{1.1.0: The units are sandboxed.}"},
		{Name: "next", Value: strictyaml.Text, Help: "A template of what to do after new; it is printed and never run.", Example: "go run ."},
		{Name: "verify", Value: spoken, Help: "A command that a project passes, in a line; it is run only by regenerate --verify.", Example: "make test"},
	}
	aChoice      = strictyaml.Either(strictyaml.Form(choiceKey), strictyaml.Object(choiceKeys))
	questionKeys = strictyaml.Keys{
		{Name: "name", Value: strictyaml.Form(nameKey), Required: true, Help: "The name that flags, templates and scaffold.yaml have for the answer.", Example: "name"},
		{Name: "type", Value: strictyaml.Words(types...), Required: true, Help: "What kind of value answers it.", Example: "string"},
		{Name: "help", Value: spoken, Required: true, Help: "What it decides, in a line.", Example: "The project's name"},
		{Name: "choices", Value: strictyaml.Value{Type: "array", Min: 1, Items: &aChoice}, Help: "What may be chosen, for the types choice and choices.", Example: "[http, {value: fcgi, label: FastCGI}]"},
		{Name: "empty", Value: strictyaml.Flag, Help: "Whether none of the choices may be chosen, for the type choices.", Example: "true"},
		{Name: "default", Value: strictyaml.Either(strictyaml.Text, strictyaml.Number, strictyaml.Flag, strictyaml.List(strictyaml.Text)), Help: "What answers it if nobody does. A text with {{ is a template over earlier answers, whose result is read as on a command line.", Example: "hello"},
		{Name: "format", Value: strictyaml.Words(formatNames...), Help: "The form of a string, or port of an int.", Example: "host"},
		{Name: "match", Value: filled, Help: "A regular expression that the whole answer must match.", Example: "'[a-z]+'"},
		{Name: "want", Value: spoken, Help: "What match takes, in words.", Example: "small letters"},
		{Name: "when", Value: spoken, Help: "A template over earlier answers; the question is asked where it says true.", Example: "'{{ .docker }}'"},
		{Name: "needs", Value: spoken, Help: "When that is, in words.", Example: "a container"},
		{Name: "renamed", Value: strictyaml.Either(strictyaml.Form(nameKey), strictyaml.List(strictyaml.Form(nameKey))), Help: "The name that the question had, or all that it had: answers recorded under it count.", Example: "old_name"},
	}
	choiceKeys = strictyaml.Keys{
		{Name: "value", Value: strictyaml.Form(choiceKey), Required: true, Help: "What is written for the choice.", Example: "fcgi"},
		{Name: "label", Value: spoken, Help: "What it means, in a line.", Example: `"FastCGI, for .fcgi hosting"`},
	}
	valueKeys = strictyaml.Keys{
		{Name: "name", Value: strictyaml.Form(nameKey), Required: true, Help: "The name that templates have for it; no question has it.", Example: "unit"},
		{Name: "type", Value: strictyaml.Words(string(String), string(Bool)), Help: "What the template's text is: a string, or a bool that {{ if }} can ask.", Example: "bool"},
		{Name: "value", Value: strictyaml.Text, Required: true, Help: "A template over the answers and the values above it.", Example: "'{{ .name }}.service'"},
	}
	refusalKeys = strictyaml.Keys{
		{Name: "when", Value: spoken, Required: true, Help: "A template; the answers are refused where it says true.", Example: "'{{ not .docker }}'"},
		{Name: "say", Value: spoken, Required: true, Help: "Why, and what to choose instead.", Example: "choose another name"},
	}
	includeKeys = strictyaml.Keys{
		{Name: "from", Value: strictyaml.Text, Required: true, Help: "The folder, from the pack's own: ../shared. It may not lead out of the repository, the module, or the folder that the pack's is in.", Example: "../shared/nginx"},
		{Name: "to", Value: strictyaml.Form(`^$|\S`), Help: "The folder below files/ where its files seem to stand; without it, files/ itself.", Example: "deploy/"},
	}
	ruleKeys = strictyaml.Keys{
		{Name: "path", Value: filled, Required: true, Help: "A pattern of files below files/, or FOLDER/. ** spans folders.", Example: "run.sh"},
		{Name: "to", Value: spoken, Help: "A template of where the file goes; FOLDER/ moves the content of a folder there, and ./ to the top.", Example: "'deploy/{{ .name }}.sh'"},
		{Name: "when", Value: spoken, Help: "A template; the file is written where it says true.", Example: "'{{ .docker }}'"},
		{Name: "mode", Value: strictyaml.Words("0644", "0755"), Help: "The file's mode; else as in the folder or the repository, and 0644 from a module or the program, which keep none.", Example: `"0755"`},
		{Name: "once", Value: strictyaml.Flag, Help: "Whether the file is the user's as soon as it was edited.", Example: "true"},
		{Name: "with", Value: strictyaml.Form(choiceKey), Help: "A name that once-files share of which none changes if one was edited.", Example: "app"},
		{Name: "delims", Value: strictyaml.Value{Type: "array", Items: &strictyaml.Text, Len: 2}, Help: "What stands for {{ and }} in a file that has {{ of its own.", Example: `["[[", "]]"]`},
		{Name: "check", Value: strictyaml.Flag, Help: "Whether Go, JSON and YAML are read once rendered, as they are without this key.", Example: "false"},
	}
	moveKeys = strictyaml.Keys{
		{Name: "from", Value: spoken, Required: true, Help: "The path, or FOLDER/, that the output had.", Example: "server.go"},
		{Name: "to", Value: spoken, Required: true, Help: "The one that it has now.", Example: "main.go"},
		{Name: "since", Value: strictyaml.Form(versionKey), Required: true, Help: "The version that first has it.", Example: "2.0.0"},
	}
)
