//! Vectors of every kind of object, of the sealed detail and of the record of terms.

use std::collections::BTreeMap;

use serde::Serialize;
use vrm_core::agreement::{self, Answer};
use vrm_core::envelope::Signed;
use vrm_core::object::{Detail, Object};

use crate::files::hex;
use crate::samples::{self, Visit, payload_of, walk};
use crate::tree::DagJson;

/// All vectors of one kind.
#[derive(Serialize)]
pub(crate) struct KindFile {
    kind: String,
    aad: String,
    max_payload: usize,
    max_life: u64,
    vectors: Vec<Vector>,
}

#[derive(Serialize)]
struct Vector {
    name: &'static str,
    /// Seed of the signing key.
    seed: String,
    id: String,
    payload: DagJson,
    payload_hex: String,
    envelope_hex: String,
}

#[derive(Default)]
struct Collect(BTreeMap<String, KindFile>);

impl Visit for Collect {
    fn visit<T: Object + PartialEq>(&mut self, name: &'static str, seed: &[u8; 32], sample: &Signed<T>) {
        let bytes = sample.raw().as_bytes();
        let payload = payload_of(bytes);
        let file = self.0.entry(T::KIND.word().to_owned()).or_insert_with(|| KindFile {
            kind: T::KIND.word().to_owned(),
            aad: String::from_utf8(T::KIND.aad()).unwrap(),
            max_payload: T::MAX_PAYLOAD,
            max_life: T::MAX_LIFE,
            vectors: Vec::new(),
        });
        file.vectors.push(Vector {
            name,
            seed: hex(seed),
            id: sample.id().to_string(),
            payload: DagJson::of(payload),
            payload_hex: hex(payload),
            envelope_hex: hex(bytes),
        });
    }
}

pub(crate) fn files() -> BTreeMap<String, KindFile> {
    let mut all = Collect::default();
    walk(&mut all);
    all.0
}

#[derive(Serialize)]
pub(crate) struct Details {
    about: &'static str,
    vectors: Vec<DetailVector>,
}

#[derive(Serialize)]
struct DetailVector {
    name: &'static str,
    detail: DagJson,
    detail_hex: String,
    commitment: String,
}

pub(crate) fn details() -> Details {
    let vector = |name, detail: &Detail| {
        let bytes = samples::detail_bytes(detail);
        DetailVector {
            name,
            detail: DagJson::of(&bytes),
            detail_hex: hex(&bytes),
            commitment: Detail::commitment(&bytes).to_string(),
        }
    };
    Details {
        about: "No envelope: the intent commits to these bytes, an acceptance carries them",
        vectors: vec![vector("full", &samples::detail_full()), vector("least", &samples::detail_least())],
    }
}

#[derive(Serialize)]
pub(crate) struct Agreements {
    about: &'static str,
    aad: String,
    vectors: Vec<AgreementVector>,
}

#[derive(Serialize)]
struct AgreementVector {
    name: &'static str,
    record: DagJson,
    record_hex: String,
    first_seed: String,
    first_sig: String,
    second_seed: String,
    second_sig: String,
    cose_hex: String,
    sha256: String,
}

fn agreed(name: &'static str, answer: Answer) -> AgreementVector {
    let (first, second) = samples::halves(answer);
    let whole = agreement::Signed::join(&first, &second).unwrap();
    assert_eq!(agreement::Signed::open(whole.as_bytes()).unwrap(), whole);
    AgreementVector {
        name,
        record: DagJson::of(&first.record),
        record_hex: hex(&first.record),
        first_seed: hex(&samples::ALICE),
        first_sig: hex(&first.sig),
        second_seed: hex(&samples::ACME),
        second_sig: hex(&second.sig),
        cose_hex: hex(whole.as_bytes()),
        sha256: whole.hash().to_string(),
    }
}

pub(crate) fn agreements() -> Agreements {
    Agreements {
        about: "COSE_Sign over one record: the customer's signature first, the vendor's second",
        aad: "vrm/1/agreement".to_owned(),
        vectors: vec![
            agreed("accepted", Answer::Accepted),
            agreed("countered", Answer::Countered { with: samples::term("SD-BASE-DP") }),
            agreed("declined", Answer::Declined),
        ],
    }
}
