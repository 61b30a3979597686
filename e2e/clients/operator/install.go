package main

import (
	"context"
	"encoding/base64"
	"fmt"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/wait"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"
)

const definition = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.sample.example.org}
spec:
  group: sample.example.org
  scope: Namespaced
  names: {kind: Widget, listKind: WidgetList, plural: widgets, singular: widget}
  conversion:
    strategy: Webhook
    webhook:
      conversionReviewVersions: [v1]
      clientConfig: {url: "https://127.0.0.1:%[1]d/convert", caBundle: %[2]s}
  versions:
    - name: v1
      served: true
      storage: true
      subresources: {status: {}}
      schema:
        openAPIV3Schema:
          type: object
          properties:
            spec:
              type: object
              required: [size]
              properties: {size: {type: integer, minimum: 1}, colour: {type: string}}
            status: &status
              type: object
              properties:
                ready: {type: boolean}
                conditions:
                  type: array
                  x-kubernetes-list-type: map
                  x-kubernetes-list-map-keys: [type]
                  items:
                    type: object
                    required: [type]
                    properties:
                      type: {type: string}
                      status: {type: string}
                      reason: {type: string}
                      message: {type: string}
                      observedGeneration: {type: integer}
                      lastTransitionTime: {type: string, format: date-time}
    - name: v1alpha1
      served: true
      storage: false
      subresources: {status: {}}
      schema:
        openAPIV3Schema:
          type: object
          properties:
            spec:
              type: object
              properties: {dimension: {type: string}, colour: {type: string}}
            status: *status
`

const hooks = `
apiVersion: admissionregistration.k8s.io/v1
kind: %[3]sWebhookConfiguration
metadata: {name: widgets}
webhooks:
  - name: %[4]s.sample.example.org
    admissionReviewVersions: [v1]
    sideEffects: None
    clientConfig: {url: "https://127.0.0.1:%[1]d/%[4]s-sample-example-org-v1-widget", caBundle: %[2]s}
    rules:
      - {apiGroups: [sample.example.org], apiVersions: [v1], resources: [widgets], operations: [CREATE, UPDATE]}
`

// install applies the definition and the webhook configurations, and waits until Widgets are served.
func install(ctx context.Context, c client.Client, port int, authority []byte) error {
	bundle := base64.StdEncoding.EncodeToString(authority)
	texts := []string{
		fmt.Sprintf(definition, port, bundle),
		fmt.Sprintf(hooks, port, bundle, "Mutating", "mutate"),
		fmt.Sprintf(hooks, port, bundle, "Validating", "validate"),
	}
	for _, text := range texts {
		object := &unstructured.Unstructured{}
		if err := yaml.Unmarshal([]byte(text), &object.Object); err != nil {
			return err
		}
		config := client.ApplyConfigurationFromUnstructured(object)
		if err := c.Apply(ctx, config, client.FieldOwner("installer"), client.ForceOwnership); err != nil {
			return err
		}
	}
	return wait.PollUntilContextTimeout(ctx, 20*time.Millisecond, 10*time.Second, true, func(ctx context.Context) (bool, error) {
		list := &unstructured.UnstructuredList{}
		list.SetGroupVersionKind(current.WithKind("WidgetList"))
		err := c.List(ctx, list)
		return err == nil, client.IgnoreNotFound(ignoreNoMatch(err))
	})
}

func ignoreNoMatch(err error) error {
	if err != nil && (apierrors.IsNotFound(err) || client.IgnoreNotFound(err) == nil) {
		return nil
	}
	if noMatch(err) {
		return nil
	}
	return err
}
