// Package register, in place of the operator's own: no generator.
package register
