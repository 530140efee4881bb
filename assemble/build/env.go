package build

import (
	"strings"

	"github.com/slimify/slimify/extract"
)

// mergeEnv returns the source's environment with the base's values for the variables of the
// runtime, in their places; those that only the base has follow.
func mergeEnv(fat, base []string) []string {
	value := make(map[string]string)
	for _, kv := range base {
		k, _, _ := strings.Cut(kv, "=")
		if extract.OwnsVariable(k) {
			value[k] = kv
		}
	}
	out := []string{}
	for _, kv := range fat {
		k, _, _ := strings.Cut(kv, "=")
		if !extract.OwnsVariable(k) {
			out = append(out, kv)
			continue
		}
		if v, ok := value[k]; ok {
			out = append(out, v)
			delete(value, k)
		}
	}
	for _, kv := range base {
		k, _, _ := strings.Cut(kv, "=")
		if _, ok := value[k]; ok {
			out = append(out, kv)
		}
	}
	return out
}
