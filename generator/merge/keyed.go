package merge

// mergeMaps merges key by key. Where both sides changed a key, and not alike,
// resolve chooses; it gets nil for a side that removed the key. The keys for
// which it chooses nothing, and without resolve all such keys, clash.
func mergeMaps[K, V comparable](base, ours, theirs map[K]V, resolve func(k K, base, ours, theirs *V) *V) (merged map[K]V, clashes []K) {
	merged = map[K]V{}
	seen := map[K]bool{}
	for _, m := range []map[K]V{base, ours, theirs} {
		for k := range m {
			if seen[k] {
				continue
			}
			seen[k] = true
			b, o, t := entry(base, k), entry(ours, k), entry(theirs, k)
			var v *V
			switch {
			case equal(o, b):
				v = t
			case equal(t, b), equal(o, t):
				v = o
			default:
				if resolve != nil {
					v = resolve(k, b, o, t)
				}
				if v == nil {
					clashes = append(clashes, k)
				}
			}
			if v != nil {
				merged[k] = *v
			}
		}
	}
	return merged, clashes
}

// entry is nil where m has no k.
func entry[K, V comparable](m map[K]V, k K) *V {
	if v, ok := m[k]; ok {
		return &v
	}
	return nil
}

func equal[V comparable](a, b *V) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}
