// Package register, in place of the operator's own: Infisical is the only provider, which halves what is compiled.
package register

import _ "github.com/external-secrets/external-secrets/pkg/provider/infisical"
