package main

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/discovery/cached/memory"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/restmapper"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/pager"
	"k8s.io/client-go/util/retry"

	"k8s.io/apimachinery/pkg/runtime"
)

const namespace = "go-client"

// spy counts what goes over the wire.
type spy struct {
	next               http.RoundTripper
	streamed, protobuf *atomic.Int64
}

func (s spy) RoundTrip(request *http.Request) (*http.Response, error) {
	if strings.Contains(request.URL.RawQuery, "sendInitialEvents=true") {
		s.streamed.Add(1)
	}
	response, err := s.next.RoundTrip(request)
	if err == nil && strings.HasPrefix(response.Header.Get("Content-Type"), "application/vnd.kubernetes.protobuf") {
		s.protobuf.Add(1)
	}
	return response, err
}

type checks struct {
	ctx                context.Context
	config             *rest.Config
	clients            kubernetes.Interface
	streamed, protobuf atomic.Int64
}

func check(ctx context.Context, base *rest.Config) error {
	c := &checks{ctx: ctx, config: rest.CopyConfig(base)}
	typed := rest.CopyConfig(base)
	typed.ContentType = "application/vnd.kubernetes.protobuf"
	typed.AcceptContentTypes = "application/vnd.kubernetes.protobuf"
	typed.Wrap(func(next http.RoundTripper) http.RoundTripper { return spy{next, &c.streamed, &c.protobuf} })
	clients, err := kubernetes.NewForConfig(typed)
	if err != nil {
		return err
	}
	c.clients = clients
	steps := []struct {
		name string
		run  func() error
	}{
		{"typed client with protobuf", c.typed},
		{"informer by streaming list", c.informer},
		{"retry on conflict", c.conflicts},
		{"paged list", c.pages},
		{"discovery, mapper and dynamic client", c.dynamic},
	}
	for _, step := range steps {
		if err := step.run(); err != nil {
			return fmt.Errorf("%s: %w", step.name, err)
		}
		fmt.Println("ok", step.name)
	}
	return nil
}

func expect(holds bool, format string, arguments ...any) error {
	if holds {
		return nil
	}
	return fmt.Errorf(format, arguments...)
}

func (c *checks) typed() error {
	_, err := c.clients.CoreV1().Namespaces().Create(c.ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace}}, metav1.CreateOptions{})
	if err != nil {
		return err
	}
	labels := map[string]string{"app": "web"}
	deployments := c.clients.AppsV1().Deployments(namespace)
	made, err := deployments.Create(c.ctx, &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Name: "web", Labels: labels},
		Spec: appsv1.DeploymentSpec{
			Selector: &metav1.LabelSelector{MatchLabels: labels},
			Template: corev1.PodTemplateSpec{
				ObjectMeta: metav1.ObjectMeta{Labels: labels},
				Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "web", Image: "host"}}},
			},
		},
	}, metav1.CreateOptions{})
	if err != nil {
		return err
	}
	if err := expect(*made.Spec.Replicas == 1 && made.Spec.Strategy.RollingUpdate.MaxSurge.StrVal == "25%", "not defaulted: %v", made.Spec); err != nil {
		return err
	}
	patch := []byte(`{"spec":{"paused":true}}`)
	patched, err := deployments.Patch(c.ctx, "web", types.StrategicMergePatchType, patch, metav1.PatchOptions{})
	if err != nil {
		return err
	}
	if err := expect(patched.Spec.Paused && patched.Generation == 2, "not patched: %v", patched.Spec); err != nil {
		return err
	}
	_, err = deployments.Create(c.ctx, made, metav1.CreateOptions{})
	if err := expect(err != nil, "resourceVersion at creation was accepted"); err != nil {
		return err
	}
	made.ResourceVersion = ""
	_, err = deployments.Create(c.ctx, made, metav1.CreateOptions{})
	if err := expect(apierrors.IsAlreadyExists(err), "AlreadyExists was %v", err); err != nil {
		return err
	}
	if err := deployments.DeleteCollection(c.ctx, metav1.DeleteOptions{}, metav1.ListOptions{LabelSelector: "app=web"}); err != nil {
		return err
	}
	return expect(c.protobuf.Load() > 3, "%d answers were protobuf", c.protobuf.Load())
}

func (c *checks) informer() error {
	ctx, stop := context.WithTimeout(c.ctx, 20*time.Second)
	defer stop()
	maps := c.clients.CoreV1().ConfigMaps(namespace)
	for _, name := range []string{"a", "b"} {
		if _, err := maps.Create(ctx, &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: name}}, metav1.CreateOptions{}); err != nil {
			return err
		}
	}
	var mutex sync.Mutex
	var seen []string
	note := func(what string, object any) {
		mutex.Lock()
		defer mutex.Unlock()
		seen = append(seen, what+" "+object.(*corev1.ConfigMap).Name)
	}
	factory := informers.NewSharedInformerFactoryWithOptions(c.clients, 0, informers.WithNamespace(namespace))
	informer := factory.Core().V1().ConfigMaps().Informer()
	_, err := informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    func(object any) { note("add", object) },
		UpdateFunc: func(_, object any) { note("update", object) },
		DeleteFunc: func(object any) { note("delete", object) },
	})
	if err != nil {
		return err
	}
	factory.Start(ctx.Done())
	factory.WaitForCacheSync(ctx.Done())
	has := func(what string) func(context.Context) (bool, error) {
		return func(context.Context) (bool, error) {
			mutex.Lock()
			defer mutex.Unlock()
			return strings.Contains(strings.Join(seen, ","), what), nil
		}
	}
	if _, err := maps.Patch(ctx, "a", types.MergePatchType, []byte(`{"data":{"k":"v"}}`), metav1.PatchOptions{}); err != nil {
		return err
	}
	if err := maps.Delete(ctx, "b", metav1.DeleteOptions{}); err != nil {
		return err
	}
	for _, what := range []string{"add a", "add b", "update a", "delete b"} {
		if err := wait.PollUntilContextCancel(ctx, 5*time.Millisecond, true, has(what)); err != nil {
			return fmt.Errorf("%s did not come: %w", what, err)
		}
	}
	return expect(c.streamed.Load() > 0, "the list was not streamed")
}

func (c *checks) conflicts() error {
	maps := c.clients.CoreV1().ConfigMaps(namespace)
	counter := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "counter"}, Data: map[string]string{"n": "0"}}
	if _, err := maps.Create(c.ctx, counter, metav1.CreateOptions{}); err != nil {
		return err
	}
	patient := wait.Backoff{Steps: 200, Duration: time.Millisecond, Factor: 1.1, Cap: 20 * time.Millisecond, Jitter: 1}
	failures := make(chan error)
	for range 4 {
		go func() {
			var failure error
			for range 10 {
				failure = retry.RetryOnConflict(patient, func() error {
					found, err := maps.Get(c.ctx, "counter", metav1.GetOptions{})
					if err != nil {
						return err
					}
					n, _ := strconv.Atoi(found.Data["n"])
					found.Data["n"] = strconv.Itoa(n + 1)
					_, err = maps.Update(c.ctx, found, metav1.UpdateOptions{})
					return err
				})
				if failure != nil {
					break
				}
			}
			failures <- failure
		}()
	}
	for range 4 {
		if err := <-failures; err != nil {
			return err
		}
	}
	found, err := maps.Get(c.ctx, "counter", metav1.GetOptions{})
	if err != nil {
		return err
	}
	return expect(found.Data["n"] == "40", "counted %s", found.Data["n"])
}

func (c *checks) pages() error {
	secrets := c.clients.CoreV1().Secrets(namespace)
	for index := range 25 {
		secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("s-%02d", index)}}
		if _, err := secrets.Create(c.ctx, secret, metav1.CreateOptions{}); err != nil {
			return err
		}
	}
	requests, items := 0, 0
	lister := pager.New(func(ctx context.Context, options metav1.ListOptions) (runtime.Object, error) {
		requests++
		return secrets.List(ctx, options)
	})
	lister.PageSize = 10
	err := lister.EachListItem(c.ctx, metav1.ListOptions{}, func(runtime.Object) error { items++; return nil })
	if err != nil {
		return err
	}
	return expect(requests == 3 && items == 25, "%d items in %d pages", items, requests)
}

func (c *checks) dynamic() error {
	ctx, stop := context.WithTimeout(c.ctx, 20*time.Second)
	defer stop()
	mapper := restmapper.NewDeferredDiscoveryRESTMapper(memory.NewMemCacheClient(c.clients.Discovery()))
	mapping, err := mapper.RESTMapping(schema.GroupKind{Group: "apps", Kind: "StatefulSet"})
	if err != nil {
		return err
	}
	if err := expect(mapping.Resource.Resource == "statefulsets" && mapping.Resource.Version == "v1", "mapped to %v", mapping.Resource); err != nil {
		return err
	}
	client, err := dynamic.NewForConfig(c.config)
	if err != nil {
		return err
	}
	maps := client.Resource(schema.GroupVersionResource{Version: "v1", Resource: "configmaps"}).Namespace(namespace)
	watch, err := maps.Watch(ctx, metav1.ListOptions{FieldSelector: "metadata.name=dynamic"})
	if err != nil {
		return err
	}
	defer watch.Stop()
	object := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "v1", "kind": "ConfigMap", "metadata": map[string]any{"name": "dynamic"}, "data": map[string]any{"a": "1"},
	}}
	applied, err := maps.Apply(ctx, "dynamic", object, metav1.ApplyOptions{FieldManager: "dynamic"})
	if err != nil {
		return err
	}
	select {
	case event := <-watch.ResultChan():
		seen := event.Object.(*unstructured.Unstructured)
		err = expect(event.Type == "ADDED" && seen.GetUID() == applied.GetUID(), "the watch saw %s %v", event.Type, seen)
	case <-ctx.Done():
		err = ctx.Err()
	}
	if err != nil {
		return err
	}
	object.Object["data"] = map[string]any{"a": "2"}
	_, err = maps.Apply(ctx, "dynamic", object, metav1.ApplyOptions{FieldManager: "other"})
	return expect(apierrors.IsConflict(err), "another manager's field was %v", err)
}
