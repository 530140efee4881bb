// Command manifests checks Kubernetes objects as a cluster would that takes nothing it does not know: fields by the
// types of their API, Pods by the "restricted" Pod Security Standard, Tekton Tasks by the code of Tekton's own webhook.
//
//	go run . FILE…
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	tekton "github.com/tektoncd/pipeline/pkg/apis/pipeline/v1"
	batch "k8s.io/api/batch/v1"
	core "k8s.io/api/core/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"
	"sigs.k8s.io/json"
	"sigs.k8s.io/yaml"
)

func main() {
	var errs []error
	for _, name := range os.Args[1:] {
		data, err := os.ReadFile(name)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		for doc := range strings.SplitSeq(string(data), "\n---\n") {
			if err := check([]byte(doc)); err != nil {
				errs = append(errs, fmt.Errorf("%s: %w", name, err))
			}
		}
	}
	if err := errors.Join(errs...); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func check(doc []byte) error {
	var kind meta.TypeMeta
	if err := yaml.Unmarshal(doc, &kind); err != nil {
		return err
	}
	switch kind.APIVersion + " " + kind.Kind {
	case "v1 ConfigMap":
		return strict(doc, &core.ConfigMap{})
	case "batch/v1 Job":
		var job batch.Job
		if err := strict(doc, &job); err != nil {
			return err
		}
		return restricted(&job.Spec.Template.ObjectMeta, &job.Spec.Template.Spec)
	case "tekton.dev/v1 Task":
		var task tekton.Task
		if err := strict(doc, &task); err != nil {
			return err
		}
		task.SetDefaults(context.Background())
		if err := task.Validate(context.Background()); err != nil {
			return err
		}
		return restricted(&meta.ObjectMeta{}, pod(&task))
	}
	return fmt.Errorf("%s %s is not known here", kind.APIVersion, kind.Kind)
}

// strict reads an object as the API server does under strict validation: it knows its fields, and their case.
func strict(doc []byte, into any) error {
	data, err := yaml.YAMLToJSONStrict(doc)
	if err != nil {
		return err
	}
	unknown, err := json.UnmarshalStrict(data, into)
	return errors.Join(append(unknown, err)...)
}

// restricted evaluates a Pod by the strictest Pod Security Standard.
func restricted(m *meta.ObjectMeta, spec *core.PodSpec) error {
	evaluator, err := policy.NewEvaluator(policy.DefaultChecks())
	if err != nil {
		return err
	}
	results := evaluator.EvaluatePod(api.LevelVersion{Level: api.LevelRestricted, Version: api.LatestVersion()}, m, spec)
	if sum := policy.AggregateCheckResults(results); !sum.Allowed {
		return errors.New(sum.ForbiddenDetail())
	}
	return nil
}

// pod is what of a Task's Pod is the Task's: its steps and volumes.
func pod(task *tekton.Task) *core.PodSpec {
	spec := &core.PodSpec{Volumes: task.Spec.Volumes}
	for i, s := range task.Spec.Steps {
		spec.Containers = append(spec.Containers, core.Container{
			Name: fmt.Sprintf("step-%d", i), Image: s.Image, SecurityContext: s.SecurityContext,
		})
	}
	return spec
}
