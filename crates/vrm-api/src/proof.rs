//! Proof that a vendor's identity and a domain belong together: the document a domain serves at
//! `/.well-known/did-configuration.json` (DIF Well Known DID Configuration, JWT form, signed with EdDSA).
//!
//! Knows: how the document is made and what makes it valid. Must not know how it is fetched: bytes come in.

use data_encoding::BASE64URL_NOPAD;
use serde::Deserialize;
use serde_json::{Value, json};
use vrm_core::value::Timestamp;
use vrm_core::{PublicKey, Signer};

/// Where a domain serves the document.
pub const WELL_KNOWN: &str = "/.well-known/did-configuration.json";
/// Largest document that is read: a few proofs of a kilobyte each.
pub const MAX_DOCUMENT: usize = 64 * 1024;

const CONTEXT: &str = "https://identity.foundation/.well-known/did-configuration/v1";

/// Why a document does not prove the domain.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// Too long to be read.
    #[error("the document has {0} bytes, and at most {MAX_DOCUMENT} are read")]
    TooLarge(usize),
    /// Not the JSON of such a document.
    #[error("this is no did-configuration document: {0}")]
    Form(String),
    /// It holds no proof by this vendor.
    #[error("none of its {0} proofs is by {1}")]
    NotByVendor(usize, PublicKey),
    /// A proof by this vendor for another domain.
    #[error("the proof is for {found}, the card claims {claimed}")]
    OtherDomain {
        /// What the proof names.
        found: String,
        /// What the card claims.
        claimed: String,
    },
    /// Too early or too late.
    #[error("the proof holds from {from} until {until}")]
    NotNow {
        /// Start.
        from: Timestamp,
        /// End.
        until: Timestamp,
    },
    /// The signature does not verify.
    #[error("the proof's signature does not verify")]
    Signature,
}

/// Makes the document for `domain`, valid from now until `until`.
#[must_use]
pub fn make(vendor: &Signer, domain: &str, now: Timestamp, until: Timestamp) -> Value {
    let did = vendor.public().to_string();
    let header = json!({ "alg": "EdDSA", "kid": format!("{did}#{}", did.trim_start_matches("did:key:")) });
    let claims = json!({
        "iss": did,
        "sub": did,
        "nbf": now.get(),
        "exp": until.get(),
        "vc": {
            "@context": ["https://www.w3.org/2018/credentials/v1", CONTEXT],
            "type": ["VerifiableCredential", "DomainLinkageCredential"],
            "issuer": did,
            "issuanceDate": now.to_string(),
            "expirationDate": until.to_string(),
            "credentialSubject": { "id": did, "origin": format!("https://{domain}") },
        },
    });
    let signed = format!("{}.{}", part(&header), part(&claims));
    let signature = BASE64URL_NOPAD.encode(&vendor.sign(signed.as_bytes()));
    json!({ "@context": CONTEXT, "linked_dids": [format!("{signed}.{signature}")] })
}

fn part(value: &Value) -> String {
    BASE64URL_NOPAD.encode(value.to_string().as_bytes())
}

#[derive(Deserialize)]
struct Document {
    linked_dids: Vec<Value>,
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    nbf: Timestamp,
    exp: Timestamp,
    vc: Credential,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Credential {
    credential_subject: Subject,
}

#[derive(Deserialize)]
struct Subject {
    id: String,
    origin: String,
}

/// Whether `document` proves that `vendor` and `domain` belong together at `now`.
///
/// # Errors
/// The first rule that does not hold, as [`ProofError`].
pub fn check(document: &[u8], vendor: &PublicKey, domain: &str, now: Timestamp) -> Result<(), ProofError> {
    if document.len() > MAX_DOCUMENT {
        return Err(ProofError::TooLarge(document.len()));
    }
    let document: Document = serde_json::from_slice(document).map_err(|e| ProofError::Form(e.to_string()))?;
    let tokens = document.linked_dids.iter().filter_map(Value::as_str);
    let by_vendor = tokens.filter_map(Token::read).find(|token| token.claims.iss == vendor.to_string());
    let token = by_vendor.ok_or(ProofError::NotByVendor(document.linked_dids.len(), *vendor))?;
    token.check(vendor, domain, now)
}

struct Token<'a> {
    signed: &'a str,
    signature: [u8; 64],
    claims: Claims,
}

impl<'a> Token<'a> {
    fn read(token: &'a str) -> Option<Self> {
        let (signed, signature) = token.rsplit_once('.')?;
        let (header, claims) = signed.split_once('.')?;
        let header: Value = serde_json::from_slice(&decode(header)?).ok()?;
        if header.get("alg")?.as_str()? != "EdDSA" {
            return None;
        }
        let claims = serde_json::from_slice(&decode(claims)?).ok()?;
        Some(Self { signed, signature: decode(signature)?.try_into().ok()?, claims })
    }

    fn check(&self, vendor: &PublicKey, domain: &str, now: Timestamp) -> Result<(), ProofError> {
        vendor.verify(self.signed.as_bytes(), &self.signature).map_err(|_| ProofError::Signature)?;
        let claims = &self.claims;
        if claims.sub != claims.iss || claims.vc.credential_subject.id != claims.iss {
            return Err(ProofError::NotByVendor(1, *vendor));
        }
        let found = host(&claims.vc.credential_subject.origin);
        if !found.eq_ignore_ascii_case(domain) {
            return Err(ProofError::OtherDomain { found: found.to_owned(), claimed: domain.to_owned() });
        }
        match claims.nbf <= now && now < claims.exp {
            true => Ok(()),
            false => Err(ProofError::NotNow { from: claims.nbf, until: claims.exp }),
        }
    }
}

fn decode(part: &str) -> Option<Vec<u8>> {
    BASE64URL_NOPAD.decode(part.as_bytes()).ok()
}

fn host(origin: &str) -> &str {
    origin.strip_prefix("https://").unwrap_or(origin).trim_end_matches('/')
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn at(seconds: u64) -> Timestamp {
        Timestamp::new(seconds).unwrap()
    }

    fn acme() -> Signer {
        Signer::from_seed(&[2; 32])
    }

    fn served() -> Vec<u8> {
        make(&acme(), "acme.example", at(1_000), at(2_000)).to_string().into_bytes()
    }

    #[test]
    fn acme_proves_its_domain() {
        assert_eq!(check(&served(), &acme().public(), "acme.example", at(1_500)), Ok(()));
        assert_eq!(check(&served(), &acme().public(), "ACME.example", at(1_000)), Ok(()));
    }

    #[test]
    fn eve_proves_nothing_with_acmes_document() {
        let eve = Signer::from_seed(&[3; 32]).public();
        assert_eq!(check(&served(), &eve, "acme.example", at(1_500)), Err(ProofError::NotByVendor(1, eve)));
        let other = check(&served(), &acme().public(), "bolt.example", at(1_500));
        assert!(matches!(other, Err(ProofError::OtherDomain { .. })));
        let late = check(&served(), &acme().public(), "acme.example", at(2_000));
        assert!(matches!(late, Err(ProofError::NotNow { .. })));
    }

    #[test]
    fn a_changed_claim_breaks_the_signature() {
        let document = make(&acme(), "acme.example", at(1_000), at(2_000));
        let token = document["linked_dids"][0].as_str().unwrap();
        let (signed, signature) = token.rsplit_once('.').unwrap();
        let (header, claims) = signed.split_once('.').unwrap();
        let claims =
            String::from_utf8(decode(claims).unwrap()).unwrap().replace("acme.example", "bolt.example");
        let forged = format!("{header}.{}.{signature}", BASE64URL_NOPAD.encode(claims.as_bytes()));
        let document = json!({ "linked_dids": [forged] }).to_string();
        let refused = check(document.as_bytes(), &acme().public(), "bolt.example", at(1_500));
        assert_eq!(refused, Err(ProofError::Signature));
    }

    #[test]
    fn what_is_no_document_is_refused_without_a_panic() {
        for bytes in [
            &b"[]"[..],
            b"{\"linked_dids\":[1,\"a.b.c\",\"..\"]}",
            b"",
            b"{\"linked_dids\":[\"e30.e30.AAAA\"]}",
        ] {
            assert!(check(bytes, &acme().public(), "acme.example", at(1_500)).is_err());
        }
        assert_eq!(
            check(&vec![b' '; MAX_DOCUMENT + 1], &acme().public(), "x", at(1)),
            Err(ProofError::TooLarge(MAX_DOCUMENT + 1))
        );
    }
}
