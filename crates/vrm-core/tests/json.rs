//! The JSON form of every object, as the local API and exports show it, and that it reads back.
#![allow(clippy::unwrap_used)]

mod samples;

use samples::{Visit, walk};
use serde::Serialize;
use serde::de::DeserializeOwned;
use vrm_core::agreement::{Answer, Record};
use vrm_core::envelope::{Payload, Signed};
use vrm_core::object::*;

fn through_json<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(value: &T) -> String {
    let json = serde_json::to_string_pretty(value).unwrap();
    assert_eq!(&serde_json::from_str::<T>(&json).unwrap(), value);
    json
}

struct Json;

impl Visit for Json {
    fn visit<T: Object + PartialEq>(&mut self, name: &'static str, _: &[u8; 32], sample: &Signed<T>) {
        let json = through_json::<Payload<T>>(sample.payload());
        insta::assert_snapshot!(format!("{}_{name}", T::KIND), shorten(&json));
    }
}

/// A sealed inside is a kilobyte of chance: its first digits will do.
fn shorten(json: &str) -> String {
    let clip = |line: &str| if line.len() > 400 { format!("{} …", &line[..100]) } else { line.to_owned() };
    json.lines().map(clip).collect::<Vec<_>>().join("\n")
}

#[test]
fn every_object_has_a_json_form_that_reads_back() {
    walk(&mut Json);
}

#[test]
fn so_have_details_and_records_of_terms() {
    insta::assert_snapshot!("detail_full", through_json(&samples::detail_full()));
    insta::assert_snapshot!("detail_least", through_json(&samples::detail_least()));
    let answers =
        [Answer::Accepted, Answer::Countered { with: samples::term("SD-BASE-DP") }, Answer::Declined];
    for answer in answers {
        let name = serde_json::to_value(&answer).unwrap()["say"].as_str().unwrap().to_owned();
        insta::assert_snapshot!(format!("record_{name}"), through_json::<Record>(&samples::record(answer)));
    }
}
