// Prints, for every registered type, which JSON fields of scalar type are pointers in Go: their zero is a value,
// while a plain field's zero means absent. Which they are is in no published schema, so Go is asked by reflection.
// Usage, in a copy of this folder: go mod tidy && go run . > ../../../data/kubernetes/pointers.json
package main

import (
	"encoding/json"
	"os"
	"reflect"
	"sort"
	"strings"

	apiext "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/client-go/kubernetes/scheme"
	aggregator "k8s.io/kube-aggregator/pkg/apis/apiregistration/v1"
)

var seen = map[reflect.Type]bool{}
var out = map[string][]string{}

func walk(t reflect.Type) {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice || t.Kind() == reflect.Map || t.Kind() == reflect.Array {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct || seen[t] || !strings.HasPrefix(t.PkgPath(), "k8s.io/") {
		return
	}
	seen[t] = true
	name := strings.NewReplacer("/", ".", "-", "_").Replace(t.PkgPath()) + "." + t.Name()
	for i := 0; i < t.NumField(); i++ {
		f := t.Field(i)
		walk(f.Type)
		tag := strings.Split(f.Tag.Get("json"), ",")[0]
		if f.Type.Kind() == reflect.Pointer {
			switch f.Type.Elem().Kind() {
			case reflect.Bool, reflect.Int, reflect.Int32, reflect.Int64, reflect.String, reflect.Float64, reflect.Float32:
				out[name] = append(out[name], tag)
			}
		}
	}
	if len(out[name]) > 0 {
		sort.Strings(out[name])
	}
}

func main() {
	apiext.AddToScheme(scheme.Scheme)
	aggregator.AddToScheme(scheme.Scheme)
	for _, t := range scheme.Scheme.AllKnownTypes() {
		walk(t)
	}
	json.NewEncoder(os.Stdout).Encode(out)
}
