//! Vectors of what is refused: the bytes, which reader refuses them, and in which words.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use vrm_core::agreement::{self, Half};
use vrm_core::envelope::{EnvelopeError, Kind, Signed};
use vrm_core::object::letter::{InsideError, open_inside, read_inside};
use vrm_core::object::*;
use vrm_core::root::Root;
use vrm_core::{Cid, Hash, PublicKey, SealKey, SealPublic, cbor, seal};

use crate::files::{hex, unhex};
use crate::sealed::Given;

/// Something that must be refused, and the words that its refusal must hold.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) reader: &'static str,
    pub(crate) input: Vec<(&'static str, String)>,
    pub(crate) expects: &'static str,
}

#[derive(Serialize)]
pub(crate) struct Negative {
    about: &'static str,
    vectors: Vec<NegativeVector>,
}

#[derive(Serialize)]
struct NegativeVector {
    name: &'static str,
    reader: &'static str,
    input: BTreeMap<&'static str, String>,
    reason: String,
    error: String,
}

/// What a reader said: the reason's name, and its words.
struct Refused {
    reason: String,
    error: String,
}

fn refused(reason: &impl std::fmt::Debug, error: &impl std::fmt::Display) -> Refused {
    let debug = format!("{reason:?}");
    let name = debug.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
    Refused { reason: name.to_owned(), error: error.to_string() }
}

fn plain<E: std::fmt::Debug + std::fmt::Display>(error: E) -> Refused {
    refused(&error, &error)
}

fn done<T>(_: T) {}

/// Shows the input to its reader.
fn judge(reader: &str, input: &BTreeMap<&'static str, String>) -> Result<(), Refused> {
    let text = |key: &str| input[key].as_str();
    let bytes = |key: &str| unhex(&input[key]);
    match reader {
        "cbor" => cbor::check(&bytes("bytes")).map_err(|e| refused(&e.rule, &e)),
        "half" => half(input, "").and_then(|half| {
            let party = PublicKey::from_bytes(bytes("party").try_into().unwrap());
            half.verify(&party, "second").map(done).map_err(plain)
        }),
        "join" => {
            let (first, second) = (half(input, "first_")?, half(input, "second_")?);
            agreement::Signed::join(&first, &second).map(done).map_err(plain)
        }
        "agreement" => agreement::Signed::open(&bytes("bytes")).map(done).map_err(plain),
        "open" => {
            let key = SealKey::from_seed(bytes("seed").try_into().unwrap());
            seal::open(&key, &bytes("context"), &bytes("sealed")).map(done).map_err(plain)
        }
        "seal" => {
            let to = SealPublic(bytes("recipient").try_into().unwrap());
            let zeros = vec![0; text("length").parse().unwrap()];
            seal::seal(&to, b"", &zeros, &mut Given(vec![1; 32])).map(done).map_err(plain)
        }
        "inside" => inside(&bytes("letter"), &bytes("seed")).map_err(plain),
        "id" => text("text").parse::<Cid>().map(done).map_err(plain),
        "hash" => text("text").parse::<Hash>().map(done).map_err(plain),
        "did" => text("text").parse::<PublicKey>().map(done).map_err(plain),
        "words" => Root::from_words(text("text")).map(done).map_err(plain),
        kind => envelope(kind, &bytes("bytes")).map_err(plain),
    }
}

fn half(input: &BTreeMap<&'static str, String>, which: &str) -> Result<Half, Refused> {
    let part = |key: &str| unhex(&input[format!("{which}{key}").as_str()]);
    Ok(Half { record: part("record"), sig: part("sig").try_into().unwrap() })
}

fn inside(letter: &[u8], seed: &[u8]) -> Result<(), InsideError> {
    let letter = Signed::<Letter>::open(letter)?;
    let bytes = open_inside(&letter, &SealKey::from_seed(seed.try_into().unwrap()))?;
    read_inside::<Offer>(&letter, &bytes).map(|_| ())
}

fn envelope(kind: &str, bytes: &[u8]) -> Result<(), EnvelopeError> {
    fn open<T: Object>(bytes: &[u8]) -> Result<(), EnvelopeError> {
        Signed::<T>::open(bytes).map(|_| ())
    }
    match serde_json::from_value(kind.into()).unwrap() {
        Kind::Intent => open::<Intent>(bytes),
        Kind::Withdrawal => open::<Withdrawal>(bytes),
        Kind::Card => open::<Card>(bytes),
        Kind::Letter => open::<Letter>(bytes),
        Kind::Offer => open::<Offer>(bytes),
        Kind::Question => open::<Question>(bytes),
        Kind::Answer => open::<Answer>(bytes),
        Kind::Counter => open::<Counter>(bytes),
        Kind::Decline => open::<Decline>(bytes),
        Kind::Acceptance => open::<Acceptance>(bytes),
        Kind::Confirmation => open::<Confirmation>(bytes),
        Kind::Entry => open::<Entry>(bytes),
        Kind::Invitation => open::<Invitation>(bytes),
        Kind::Joining => open::<Joining>(bytes),
        Kind::Welcome => open::<Welcome>(bytes),
        other => panic!("no envelope holds a {other}"),
    }
}

pub(crate) fn file() -> Negative {
    let cases = crate::cases::all();
    let names: BTreeSet<_> = cases.iter().map(|c| c.name).collect();
    assert_eq!(names.len(), cases.len(), "two cases of one name");
    Negative {
        about: "Each input is refused by its reader: cbor (canonical check), half, join, agreement (terms), open, seal, \
                inside (sealing), id, hash, did, words (texts), or the kind of an envelope.",
        vectors: cases.into_iter().map(vector).collect(),
    }
}

fn vector(case: Case) -> NegativeVector {
    let input = case.input.into_iter().collect();
    let refused = judge(case.reader, &input).expect_err(case.name);
    let words = format!("{}: {}", refused.reason, refused.error);
    assert!(words.contains(case.expects), "{}: expected `{}`, got `{words}`", case.name, case.expects);
    NegativeVector {
        name: case.name,
        reader: case.reader,
        input,
        reason: refused.reason,
        error: refused.error,
    }
}

/// Every reason there is, by the readers that give it.
const REASONS: &[(&[&str], &[&str])] = &[
    (
        &["cbor"],
        &[
            "Truncated",
            "Trailing",
            "NotShortest",
            "Indefinite",
            "Float",
            "Simple",
            "Tag",
            "KeyNotText",
            "Unsorted",
            "Duplicate",
            "NotUtf8",
            "TooDeep",
            "Reserved",
        ],
    ),
    (
        &["intent", "withdrawal"],
        &[
            "TooLarge",
            "Shape",
            "NotCanonical",
            "NotThisKind",
            "Version",
            "WrongIssuer",
            "Work",
            "Rule",
            "Signature",
        ],
    ),
    (&["half", "join", "agreement"], &["Form", "Signature", "Differ"]),
    (&["open", "seal"], &["TooLarge", "BadKey", "Profile", "Closed"]),
    (&["inside"], &["Empty", "Seal", "Envelope", "OtherWriter"]),
    (&["id", "hash"], &["NotOurs", "NotBase32", "NotHex"]),
    (&["did"], &["NotDidKey"]),
    (&["words"], &["WordsError"]),
];

/// No reason, and no rule in the sources of the objects, is without a vector.
pub(crate) fn all_reasons_are_there(file: &Negative) {
    for (readers, reasons) in REASONS {
        let given = file.vectors.iter().filter(|v| readers.contains(&v.reader));
        let given: BTreeSet<_> = given.map(|v| v.reason.as_str()).collect();
        assert_eq!(given, reasons.iter().copied().collect(), "reasons of {readers:?}");
    }
    let errors: BTreeSet<_> = file.vectors.iter().map(|v| v.error.as_str()).collect();
    let rules = rules_in_the_sources();
    assert!(rules.len() > 20, "the rules were not found: {rules:?}");
    for (kinds, rule) in rules {
        let here = kinds.iter().any(|kind| errors.contains(format!("{kind}: {rule}").as_str()));
        assert!(here, "no vector breaks the rule {rule} of {kinds:?}");
    }
}

/// Where rules stand, and the kinds that they bind. A rule that several kinds share needs one vector.
const SOURCES: &[(&[&str], &str)] = &[
    (&["intent"], include_str!("../../crates/vrm-core/src/object/intent.rs")),
    (&["card", "intent", "offer"], include_str!("../../crates/vrm-core/src/object/card.rs")),
    (&["letter"], include_str!("../../crates/vrm-core/src/object/letter.rs")),
    (&["offer", "counter"], include_str!("../../crates/vrm-core/src/object/offer.rs")),
    (&["question"], include_str!("../../crates/vrm-core/src/object/deal.rs")),
    (&["entry"], include_str!("../../crates/vrm-core/src/object/entry.rs")),
    (&["invitation", "joining"], include_str!("../../crates/vrm-core/src/object/invitation.rs")),
    (&["withdrawal"], include_str!("../../crates/vrm-core/src/envelope.rs")),
];

/// Field and words of every `rule(…)`, `require(…)` and `RuleBroken::new(…)`.
fn rules_in_the_sources() -> Vec<(&'static [&'static str], String)> {
    let mut found = Vec::new();
    for (kinds, source) in SOURCES {
        let code = source.split("#[cfg(test)]").next().unwrap_or_default();
        for call in ["rule(", "require(", "RuleBroken::new("].iter().flat_map(|call| code.split(call).skip(1))
        {
            let call = call.split([';', '}']).next().unwrap_or_default();
            if let [field, why] = literals(call).as_slice() {
                found.push((*kinds, format!("\"{field}\" {why}")));
            }
        }
    }
    found
}

/// The first two string literals of a call.
fn literals(call: &str) -> Vec<String> {
    let mut parts = call.replace("\\\"", "\u{1}").split('"').map(str::to_owned).collect::<Vec<_>>();
    parts.truncate(4);
    parts.into_iter().skip(1).step_by(2).map(|part| part.replace('\u{1}', "\"")).collect()
}

/// Bytes as the input of a case.
pub(crate) fn bytes(bytes: &[u8]) -> Vec<(&'static str, String)> {
    vec![("bytes", hex(bytes))]
}
