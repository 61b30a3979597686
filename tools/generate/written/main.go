// Prints, for every registered type, what Go writes even where nothing is set: struct fields (as {}), and fields
// without omitempty with their zero. Which they are is in no published schema, so Go is asked by reflection.
// Usage, in a copy of this folder: go mod tidy && go run . > ../../../data/kubernetes/written.json
package main

import (
	"encoding/json"
	"os"
	"reflect"
	"strings"

	apiext "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/client-go/kubernetes/scheme"
	aggregator "k8s.io/kube-aggregator/pkg/apis/apiregistration/v1"
)

var seen = map[reflect.Type]bool{}
var out = map[string]map[string]any{}

var structs = map[string]any{"Time": nil, "MicroTime": nil, "RawExtension": nil, "FieldsV1": nil, "JSON": nil, "Quantity": "0", "IntOrString": 0}

func zero(t reflect.Type) any {
	switch t.Kind() {
	case reflect.Struct:
		if value, special := structs[t.Name()]; special {
			return value
		}
		return map[string]any{}
	case reflect.String:
		return ""
	case reflect.Bool:
		return false
	case reflect.Pointer, reflect.Slice, reflect.Map, reflect.Interface:
		return nil
	}
	return 0
}

func fields(t reflect.Type, into map[string]any) {
	for i := 0; i < t.NumField(); i++ {
		f := t.Field(i)
		walk(f.Type)
		tag := strings.Split(f.Tag.Get("json"), ",")
		if f.Anonymous && (tag[0] == "" || strings.Contains(f.Tag.Get("json"), "inline")) {
			if f.Type.Kind() == reflect.Struct && f.Type.Name() != "TypeMeta" {
				fields(f.Type, into)
			}
			continue
		}
		if tag[0] == "" || tag[0] == "-" || f.Type.Name() == "ObjectMeta" && strings.HasSuffix(t.Name(), "List") {
			continue
		}
		options := strings.Join(tag[1:], ",")
		if strings.Contains(options, "omitzero") || strings.Contains(options, "omitempty") && f.Type.Kind() != reflect.Struct {
			continue
		}
		into[tag[0]] = zero(f.Type)
	}
}

func walk(t reflect.Type) {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice || t.Kind() == reflect.Map || t.Kind() == reflect.Array {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct || seen[t] || !strings.HasPrefix(t.PkgPath(), "k8s.io/") {
		return
	}
	seen[t] = true
	if _, special := structs[t.Name()]; special {
		return
	}
	into := map[string]any{}
	fields(t, into)
	if len(into) > 0 {
		out["io.k8s."+strings.ReplaceAll(strings.TrimPrefix(t.PkgPath(), "k8s.io/"), "/", ".")+"."+t.Name()] = into
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
