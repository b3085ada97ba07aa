package answer

import (
	"errors"
	"slices"

	"scaffold/generator/pack"
)

// A Draft is a question as it stands while somebody is still answering.
type Draft struct {
	pack.Question      // Default is what it would have without an answer, evaluated; nil for none
	Value         any  // what was given, or Default, or the zero value
	Applies       bool // whether it is asked at all
	Given         bool // by a layer, and not as one of the user's defaults
}

// Drafts says of every question of p how it stands with these layers, which count
// as in [Resolve]. Nothing is missing yet, and a default that is no answer to its
// question is none.
func Drafts(p pack.Pack, layers []Layer, eval Eval) ([]Draft, error) {
	r := resolver{pack: p, eval: eval, data: make(map[string]any)}
	given, errs := mergeLayers(p, layers)
	personal := findPersonal(layers)
	var drafts []Draft
	for _, q := range p.Questions {
		d := Draft{Question: q, Value: q.Zero()}
		var err error
		if d.Applies, err = r.applies(q); err != nil {
			return nil, err
		}
		if v, ok := given[q.Name]; ok && d.Applies {
			d.Given = !v.Personal
			if d.Value, err = r.value(v, q); err != nil {
				errs = append(errs, v.refuse(q, err))
				d.Value = q.Zero()
			}
		}
		d.Default = r.draftDefault(q)
		if v, ok := personal[q.Name]; ok && d.Applies {
			if d.Default, err = r.value(v, q); err != nil {
				d.Default = nil
			}
		}
		if d.Applies && !d.Given && d.Default != nil {
			d.Value = d.Default
		}
		r.data[q.Name] = d.Value
		drafts = append(drafts, d)
	}
	return drafts, errors.Join(errs...)
}

// findPersonal returns the user's defaults, also those that something stronger answers:
// without that answer they would count.
func findPersonal(layers []Layer) map[string]Value {
	personal := make(map[string]Value)
	for _, v := range slices.Concat(layers...) {
		if v.Personal {
			personal[v.Name] = v
		}
	}
	return personal
}

func (r *resolver) draftDefault(q pack.Question) any {
	if q.Default == nil {
		return nil
	}
	value, err := r.evalDefault(q)
	if err != nil {
		return nil
	}
	if value, err = checkDefault(q, value); err != nil {
		return nil
	}
	return value
}
