// A sample operator built on controller-runtime: `operator run` serves its webhooks and reconciles Widgets,
// `operator check` tries client-go against the API and prints a line for each thing that holds.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	clientscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"
	"sigs.k8s.io/controller-runtime/pkg/metrics/server"
	"sigs.k8s.io/controller-runtime/pkg/webhook"
)

func main() {
	kubeconfig := flag.String("config", "", "kubeconfig file")
	port := flag.Int("webhook-port", 0, "port of the webhooks on 127.0.0.1")
	flag.Parse()
	ctrl.SetLogger(zap.New(zap.UseDevMode(true)))
	config, err := clientcmd.BuildConfigFromFlags("", *kubeconfig)
	if err == nil {
		config.QPS = -1
		ctx := ctrl.SetupSignalHandler()
		if flag.Arg(0) == "check" {
			err = check(ctx, config)
		} else {
			err = run(ctx, config, *port)
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func noMatch(err error) bool { return meta.IsNoMatchError(err) }

func run(ctx context.Context, config *rest.Config, port int) error {
	scheme := runtime.NewScheme()
	if err := clientscheme.AddToScheme(scheme); err != nil {
		return err
	}
	addTypes(scheme)
	folder, err := os.MkdirTemp("", "operator-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	authority, err := certificate(folder)
	if err != nil {
		return err
	}
	direct, err := client.New(config, client.Options{Scheme: scheme})
	if err != nil {
		return err
	}
	if err := install(ctx, direct, port, authority); err != nil {
		return fmt.Errorf("install: %w", err)
	}
	seconds := func(n time.Duration) *time.Duration { n *= time.Second; return &n }
	manager, err := ctrl.NewManager(config, ctrl.Options{
		Scheme:                        scheme,
		Metrics:                       server.Options{BindAddress: "0"},
		WebhookServer:                 webhook.NewServer(webhook.Options{Host: "127.0.0.1", Port: port, CertDir: folder}),
		LeaderElection:                true,
		LeaderElectionID:              "sample-operator",
		LeaderElectionNamespace:       "default",
		LeaderElectionReleaseOnCancel: true,
		LeaseDuration:                 seconds(4),
		RenewDeadline:                 seconds(3),
		RetryPeriod:                   seconds(1),
	})
	if err != nil {
		return err
	}
	widgets := &reconciler{Client: manager.GetClient(), recorder: manager.GetEventRecorder("sample-operator")}
	if err := ctrl.NewControllerManagedBy(manager).For(&Widget{}).Owns(&corev1.ConfigMap{}).Complete(widgets); err != nil {
		return err
	}
	err = ctrl.NewWebhookManagedBy(manager, &Widget{}).WithDefaulter(defaulter{}).WithValidator(validator{}).Complete()
	if err != nil {
		return err
	}
	return manager.Start(ctx)
}
