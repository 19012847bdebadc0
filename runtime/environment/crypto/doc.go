// Package crypto provides Go's algorithms to the crypto module and Web Cryptography, by the names that Node has
// for it: hashes, keys from passwords, and AES. It knows no JavaScript.
//
// What takes long by a number that it is given asks, through a function stop, whether to go on.
package crypto
