// An authority of its own and what it signed, for servers of tests that are connected to over TLS: a certificate for the
// name `localhost` and no address, and one for a client whose name is `ada`. The private keys are as public as this file;
// the authority's own is gone, so that nothing else is ever signed by it.

/** A certificate and its key. */
interface Signed {
  readonly certificate: string
  readonly key: string
}

export const authority = `-----BEGIN CERTIFICATE-----
MIIBXTCCAQOgAwIBAgIBATAKBggqhkjOPQQDAjAdMRswGQYDVQQDDBJhdXRob3Jp
dHkgb2YgdGVzdHMwIBcNMjAwMTAxMDAwMDAwWhgPMjEyMDAxMDEwMDAwMDBaMB0x
GzAZBgNVBAMMEmF1dGhvcml0eSBvZiB0ZXN0czBZMBMGByqGSM49AgEGCCqGSM49
AwEHA0IABJCELskspO/WeCCuimSJ0QBPychw7fITjll4+FjfX75BprGvMasHkjXK
bzRWgvMtPOc6oc1MUWAV+hsORAyWJiajMjAwMA8GA1UdEwEB/wQFMAMBAf8wHQYD
VR0OBBYEFJyKm+BwIm2VvnCYXJrst9e6fjA7MAoGCCqGSM49BAMCA0gAMEUCIQD/
x9Qe/1r3NQfBcEdkLuoFmq1jJgdJjQ5dHnycrwSi7QIgez8BEdeKxySBU5iCPyX9
XYDNLPBw662b43/lcG3knxA=
-----END CERTIFICATE-----
`

export const ofLocalhost: Signed = {
  certificate: `-----BEGIN CERTIFICATE-----
MIIBiDCCAS6gAwIBAgIBAjAKBggqhkjOPQQDAjAdMRswGQYDVQQDDBJhdXRob3Jp
dHkgb2YgdGVzdHMwIBcNMjAwMTAxMDAwMDAwWhgPMjEyMDAxMDEwMDAwMDBaMBQx
EjAQBgNVBAMMCWxvY2FsaG9zdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABIL4
ibTjualK6CwslAOF+TRktO3kE3KmlxjRoes+EoGFXNoHv5xjn6hvzvaDQAdMshP4
knN27g9aEYGWrd3t8YGjZjBkMAwGA1UdEwEB/wQCMAAwHwYDVR0jBBgwFoAUnIqb
4HAibZW+cJhcmuy317p+MDswFAYDVR0RBA0wC4IJbG9jYWxob3N0MB0GA1UdDgQW
BBRKGsPs/+EbWkzI58PNiRnaPNmORDAKBggqhkjOPQQDAgNIADBFAiBPJBSxs6Se
k3UY/B8SDAmOKyxba0TKniNf+pj8fjtVjwIhAIU29dC8wjEAjWf7GjKjRqKpeHaP
od3a+GINR2ClrC5G
-----END CERTIFICATE-----
`,
  key: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgFJwnq9SEYzKQR56H
2FgoBCEpmHRtLTaCJTE7zCm/1/WhRANCAASC+Im047mpSugsLJQDhfk0ZLTt5BNy
ppcY0aHrPhKBhVzaB7+cY5+ob872g0AHTLIT+JJzdu4PWhGBlq3d7fGB
-----END PRIVATE KEY-----
`,
}

export const ofAda: Signed = {
  certificate: `-----BEGIN CERTIFICATE-----
MIIBbDCCARKgAwIBAgIBAzAKBggqhkjOPQQDAjAdMRswGQYDVQQDDBJhdXRob3Jp
dHkgb2YgdGVzdHMwIBcNMjAwMTAxMDAwMDAwWhgPMjEyMDAxMDEwMDAwMDBaMA4x
DDAKBgNVBAMMA2FkYTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABGUez9LEEf5m
mNxxD5520uAKWy+yqq4Gdqj6YwrQvrEEK7DyHzKoxJDAo8sJAx13UZQ82mUa6qsY
O4qqY8R+gXejUDBOMAwGA1UdEwEB/wQCMAAwHwYDVR0jBBgwFoAUnIqb4HAibZW+
cJhcmuy317p+MDswHQYDVR0OBBYEFGQgc48+eovRYOvW96gSa8UgNj9HMAoGCCqG
SM49BAMCA0gAMEUCIQC3oTQqVx+uzuny3SKNtaRnhGUdLe5/RkH2i8wFL0FQcgIg
Oyplwf2k271mEvJ8dudBMrW52+tFxD13nHiD7jkbkGw=
-----END CERTIFICATE-----
`,
  key: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQguYkw2gT9tfye2E8I
AK++WHm0D7z7vgMiBVwfAGVM45ChRANCAARlHs/SxBH+ZpjccQ+edtLgClsvsqqu
Bnao+mMK0L6xBCuw8h8yqMSQwKPLCQMdd1GUPNplGuqrGDuKqmPEfoF3
-----END PRIVATE KEY-----
`,
}
