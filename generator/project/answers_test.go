package project

import (
	"testing"

	"scaffold/generator/answer"
	"scaffold/generator/pack"
)

// Each key that a scaffold.yaml may have is taken for one, where --answers names the file
// of another project.
func TestAnswersOfProject(t *testing.T) {
	for _, key := range configKeys {
		if key.Name == "answers" {
			continue
		}
		text := key.Name + ": " + key.Example + "\nanswers: {}\n"
		if _, ofProject, err := answer.ParseFile("scaffold.yaml", []byte(text), pack.Pack{}); err != nil || !ofProject {
			t.Errorf("%s: %v, %v", key.Name, ofProject, err)
		}
	}
}
