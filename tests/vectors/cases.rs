//! What must be refused, one case for each reason.

use ciborium::Value;
use vrm_core::agreement::{Answer, Half};
use vrm_core::envelope::Kind;
use vrm_core::object::{Entry, Letter, letter};
use vrm_core::value::Timestamp;
use vrm_core::{Cid, SealKey, Signer, seal};

use crate::files::hex;
use crate::forged::{self, changed, items, respelled, wrapper};
use crate::refused::{Case, bytes};
use crate::samples::{self, ACME, ACME_SEAL, ALICE, ALICE_SEAL, AT, DAY, EVE, forge, payload_of};
use crate::sealed::Given;
use crate::tree::{many, map, text, with, without};

pub(crate) fn all() -> Vec<Case> {
    let mut cases = canonical();
    cases.extend(wrappers());
    cases.extend(payloads());
    for rules in
        [intent_rules(), card_rules(), offer_rules(), letter_rules(), entry_rules(), invitation_rules()]
    {
        cases.extend(rules);
    }
    cases.extend(halves());
    cases.extend(agreements());
    cases.extend(boxes());
    cases.extend(insides());
    cases.extend(texts());
    cases
}

fn case(name: &'static str, reader: &'static str, input: &[u8], expects: &'static str) -> Case {
    Case { name, reader, input: bytes(input), expects }
}

fn canonical() -> Vec<Case> {
    let cbor = |name, input: &[u8], expects| case(name, "cbor", input, expects);
    vec![
        cbor("nothing at all", &[], "Truncated"),
        cbor("a text that ends early", &[0x63, b'a', b'b'], "Truncated"),
        cbor(
            "a length of eight exabytes",
            &[0x5b, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
            "Truncated",
        ),
        cbor("two items", &[0x00, 0x00], "Trailing"),
        cbor("23 in two bytes", &[0x18, 0x17], "NotShortest"),
        cbor("255 in three bytes", &[0x19, 0x00, 0xff], "NotShortest"),
        cbor("65535 in five bytes", &[0x1a, 0x00, 0x00, 0xff, 0xff], "NotShortest"),
        cbor("a 32-bit number in nine bytes", &[0x1b, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff], "NotShortest"),
        cbor("a length in two bytes that needs one", &[0x58, 0x01, 0x00], "NotShortest"),
        cbor("an indefinite array", &[0x9f, 0xff], "Indefinite"),
        cbor("an indefinite text", &[0x7f, 0x61, b'a', 0xff], "Indefinite"),
        cbor("a lone break", &[0xff], "Indefinite"),
        cbor("a half float", &[0xf9, 0x3c, 0x00], "Float"),
        cbor("a single float", &[0xfa, 0x3f, 0x80, 0, 0], "Float"),
        cbor("a double float", &[0xfb, 0x3f, 0xf0, 0, 0, 0, 0, 0, 0], "Float"),
        cbor("undefined", &[0xf7], "Simple"),
        cbor("simple value 32", &[0xf8, 0x20], "Simple"),
        cbor("an IPLD link", &[0xd8, 0x2a, 0x41, 0x00], "Tag"),
        cbor("a bignum", &[0xc2, 0x41, 0x01], "Tag"),
        cbor("a number for a key", &[0xa1, 0x01, 0x01], "KeyNotText"),
        cbor("bytes for a key", &[0xa1, 0x41, b'a', 0x01], "KeyNotText"),
        cbor("keys out of order", &[0xa2, 0x61, b'b', 0, 0x61, b'a', 0], "Unsorted"),
        cbor("a long key before a short one", &[0xa2, 0x62, b'a', b'a', 0, 0x61, b'b', 0], "Unsorted"),
        cbor("a key twice", &[0xa2, 0x61, b'a', 0, 0x61, b'a', 1], "Duplicate"),
        cbor("a byte that is no text", &[0x61, 0xff], "NotUtf8"),
        cbor("half of a surrogate pair", &[0x63, 0xed, 0xa0, 0x80], "NotUtf8"),
        cbor("a 17th level", &[&[0x81; 17][..], &[0x00]].concat(), "TooDeep"),
        cbor("a reserved form", &[0x1c], "Reserved"),
    ]
}

fn wrappers() -> Vec<Case> {
    let (protected, payload, signature) = items();
    let shape = |name, input: &[u8]| case(name, "withdrawal", input, "Shape");
    let bare = forged::withdrawal()[1..].to_vec();
    let longer = [&forged::withdrawal()[..], &[0]].concat();
    let elsewhere =
        wrapper(&[0xd2], &[], &[&[0xa2, 0x01, 0x27][..], &protected[3..]].concat(), &payload, &signature);
    vec![
        shape("no envelope", b"intent"),
        shape("no tag", &bare),
        shape("the tag of COSE_Sign", &wrapper(&[0xd8, 0x62], &protected, &[0xa0], &payload, &signature)),
        shape("the tag in two bytes", &wrapper(&[0xd8, 0x12], &protected, &[0xa0], &payload, &signature)),
        shape(
            "something unprotected",
            &wrapper(&[0xd2], &protected, &[0xa1, 0x04, 0x41, 0x00], &payload, &signature),
        ),
        shape("the header unprotected", &elsewhere),
        shape("another algorithm", &respelled(|protected, _, _| protected[2] = 0x26)),
        shape("no key id", &respelled(|protected, _, _| *protected = vec![0xa1, 0x01, 0x27])),
        shape(
            "a key id of 31 bytes",
            &respelled(|protected, _, _| {
                protected[5] = 0x1f;
                protected.pop();
            }),
        ),
        shape("a detached payload", &respelled(|_, payload, _| *payload = vec![0xf6])),
        shape(
            "the payload's length in four bytes",
            &respelled(|_, payload, _| {
                let len = payload.len() as u8 - 2;
                payload.splice(..2, [0x5a, 0, 0, 0, len]);
            }),
        ),
        shape(
            "a signature of 63 bytes",
            &respelled(|_, _, signature| {
                signature.pop();
            }),
        ),
        shape("a byte after the envelope", &longer),
    ]
}

fn payloads() -> Vec<Case> {
    let broken = |name, expects, change: &dyn Fn(&[u8]) -> Vec<u8>| {
        case(name, "withdrawal", &changed(Kind::Withdrawal, &forged::withdrawal(), change), expects)
    };
    let original = forged::withdrawal();
    let payload = payload_of(&original);
    let mut flipped = original.clone();
    let last = flipped.len() - 1;
    flipped[last] ^= 1;
    let at = AT;
    vec![
        case("673 bytes", "withdrawal", &[0; 673], "TooLarge: withdrawal: 673 bytes, and the limit is 672"),
        broken("a payload of 513 bytes", "TooLarge: withdrawal: 513 bytes, and the limit is 512", &|p| {
            padded(p, 513)
        }),
        broken("a float in the payload", "NotCanonical", &|_| vec![0xa1, 0x61, b'v', 0xf9, 0x3c, 0x00]),
        broken("a payload that ends early", "NotCanonical", &|p| p[..p.len() - 1].to_vec()),
        broken("no body", "NotThisKind: not of kind withdrawal: missing field `body`", &|p| {
            without(p, "body")
        }),
        broken("the id as a text", "body.intent: invalid type", &|p| with(p, "body.intent", text("bafyrei"))),
        broken("the id as an array", "body.intent: invalid type", &|p| {
            with(p, "body.intent", many(1.into(), 36))
        }),
        broken("a word as a map", "kind: invalid type", &|p| {
            with(p, "kind", map([("withdrawal", Value::Null)]))
        }),
        broken("an unknown kind", "kind: unknown variant", &|p| with(p, "kind", text("wish"))),
        broken("a time before 1970", "at: invalid value", &|p| with(p, "at", Value::from(-1))),
        broken("a time after 9998", "at: a moment lies", &|p| with(p, "at", Value::from(253_370_764_800u64))),
        broken("version 2", "Version", &|p| with(p, "v", Value::from(2))),
        broken("the payload of another kind", "Rule: withdrawal: \"kind\" names", &|p| {
            with(p, "kind", text("card"))
        }),
        case("somebody else's words", "withdrawal", &forge(Kind::Withdrawal, payload, &EVE), "WrongIssuer"),
        broken("work that was not done", "Work", &|p| with(p, "pow", Value::from(32))),
        broken("no time to live", "Rule: withdrawal: \"till\" is not after", &|p| with(p, "till", at.into())),
        broken("31 days", "Rule: withdrawal: \"till\" is later", &|p| {
            with(p, "till", (at + 31 * DAY).into())
        }),
        case("a flipped bit in the signature", "withdrawal", &flipped, "Signature"),
        case("signed as a card", "withdrawal", &forge(Kind::Card, payload, &ALICE), "Signature"),
        case("the signature's second spelling", "withdrawal", &forged::malleated(), "Signature"),
        case("a key of small order", "withdrawal", &forged::by_a_weak_key(), "Signature"),
    ]
}

fn padded(payload: &[u8], len: usize) -> Vec<u8> {
    let with_pad = |n: usize| with(payload, "pad", Value::Bytes(vec![0; n]));
    with_pad(300 + len - with_pad(300).len())
}

/// A case for each value at a path that breaks a rule.
fn rule(
    kind: Kind,
    sample: &[u8],
    name: &'static str,
    path: &str,
    value: Value,
    expects: &'static str,
) -> Case {
    case(name, kind.word(), &changed(kind, sample, |p| with(p, path, value)), expects)
}

fn route(addrs: usize) -> Value {
    map([("peer", text("p")), ("addrs", many(text("/ip4/192.0.2.1/tcp/1"), addrs))])
}

fn term(id: &str) -> Value {
    map([("id", text(id)), ("text", Value::Bytes(vec![1; 32]))])
}

fn props(count: usize) -> Value {
    Value::Map((0..count).map(|n| (text(&format!("p{n:02}")), Value::from(n as u64))).collect())
}

fn intent_rules() -> Vec<Case> {
    let sample = samples::intent_least();
    let breaks = |name, path: &str, value: Value, expects| {
        rule(Kind::Intent, sample.raw().as_bytes(), name, &format!("body.{path}"), value, expects)
    };
    let fine = map([("geohash", text("u33dc")), ("radius_km", 0.into())]);
    vec![
        breaks(
            "an intent with 9 categories",
            "categories",
            many(text("x:a"), 9),
            "\"categories\" has more than 8",
        ),
        breaks("an intent that is too exactly placed", "area", fine, "\"area\" is finer"),
        breaks("an intent without terms", "terms", many(term("PDC-INTENT"), 0), "\"terms\" has 1 to 8"),
        breaks("an intent with 9 terms", "terms", many(term("PDC-INTENT"), 9), "\"terms\" has 1 to 8"),
        breaks(
            "an intent without PDC-INTENT",
            "terms",
            many(term("SD-BASE"), 1),
            "\"terms\" lacks PDC-INTENT",
        ),
        breaks("an intent with 4 routes", "routes", many(route(1), 4), "\"routes\" names more than 3"),
        breaks(
            "an intent with 5 addresses in a route",
            "routes",
            many(route(5), 1),
            "\"addrs\" has more than 4",
        ),
        breaks("an intent that takes no offer", "cap", 0.into(), "\"cap\" is not between"),
        breaks("an intent that takes 65 offers", "cap", 65.into(), "\"cap\" is not between"),
        breaks("an intent with vendor level 4", "level", 4.into(), "\"level\" is not between"),
        breaks("an intent that asks for 33 bits", "work", 33.into(), "\"work\" asks for more"),
        breaks("an intent with 17 properties", "props", props(17), "\"props\" has more than 16"),
        breaks(
            "an intent with a blank title",
            "title",
            text("  "),
            "NotThisKind: not of kind intent: body.title",
        ),
        breaks("an intent with a null property", "props", map([("p", Value::Null)]), "NotThisKind"),
    ]
}

fn card_rules() -> Vec<Case> {
    let sample = samples::card_least();
    let breaks = |name, path: &str, value: Value, expects| {
        rule(Kind::Card, sample.raw().as_bytes(), name, &format!("body.{path}"), value, expects)
    };
    let area = map([("region", text("DE")), ("radius_km", 0.into())]);
    let without = |name, key: &str| {
        let bytes = changed(Kind::Card, sample.raw().as_bytes(), |p| without(p, key));
        case(name, "card", &bytes, "\"series\" and \"rev\" are needed")
    };
    vec![
        breaks(
            "a card with 9 categories",
            "categories",
            many(text("x:a"), 9),
            "\"categories\" has more than 8",
        ),
        breaks("a card with 17 areas", "areas", many(area, 17), "\"areas\" has more than 16"),
        breaks(
            "a card with 17 languages",
            "languages",
            many(text("de"), 17),
            "\"languages\" has more than 16",
        ),
        breaks(
            "a card with 9 agreements",
            "accepts",
            many(term("SD-BASE"), 9),
            "\"accepts\" has more than 8",
        ),
        breaks("a card with 4 routes", "routes", many(route(0), 4), "\"routes\" has more than 3"),
        breaks("a card that asks for 33 bits", "work", 33.into(), "\"work\" asks for more"),
        without("a card without a series", "series"),
        without("a card without a revision", "rev"),
    ]
}

fn offer_rules() -> Vec<Case> {
    let (offer, counter) = (samples::offer_least(), samples::counter_least());
    let breaks = |name, path: &str, value: Value, expects| {
        rule(Kind::Offer, offer.raw().as_bytes(), name, &format!("body.{path}"), value, expects)
    };
    let counters = |name, path: &str, value: Value, expects| {
        rule(Kind::Counter, counter.raw().as_bytes(), name, &format!("body.{path}"), value, expects)
    };
    let money = |m: i64| map([("cur", text("EUR")), ("e", 2.into()), ("m", m.into())]);
    let part = map([("kind", text("base")), ("amount", money(1))]);
    let quantity = map([("e", 0.into()), ("m", 1.into()), ("unit", text("H87"))]);
    let line = map([("title", text("t")), ("exact", true.into()), ("quantity", quantity)]);
    let yen = map([("cur", text("JPY")), ("e", 2.into()), ("m", 1.into())]);
    vec![
        breaks(
            "an offer that used 17 data",
            "data_used",
            many(text("d"), 17),
            "\"data_used\" has more than 16",
        ),
        breaks(
            "an offer that is confirmed in no time",
            "confirm_within",
            0.into(),
            "\"confirm_within\" is zero",
        ),
        breaks("an offer with 5 addresses", "route", route(5), "\"addrs\" has more than 4"),
        breaks(
            "an offer with 4 mailboxes",
            "mailboxes",
            many(route(1), 4),
            "\"mailboxes\" names more than 3 mailboxes",
        ),
        breaks("an offer of nothing", "proposal.lines", many(line.clone(), 0), "\"lines\" has 1 to 64"),
        breaks("an offer of 65 lines", "proposal.lines", many(line, 65), "\"lines\" has 1 to 64"),
        breaks(
            "an offer without a price",
            "proposal.price.parts",
            many(part.clone(), 0),
            "\"parts\" has 1 to 64",
        ),
        breaks("an offer with 65 parts", "proposal.price.parts", many(part, 65), "\"parts\" has 1 to 64"),
        breaks("an offer that pays", "proposal.price.total", money(-1), "\"total\" is negative"),
        breaks("an offer of cents of yen", "proposal.price.total", yen, "NotThisKind"),
        counters("a counter that pays", "proposal.price.total", money(-1), "\"total\" is negative"),
        counters("a counter of nothing", "proposal.lines", Value::Array(Vec::new()), "\"lines\" has 1 to 64"),
    ]
}

fn letter_rules() -> Vec<Case> {
    let sample = samples::least(&ACME, 17, samples::letter(false, true));
    let sample = sample.raw().as_bytes();
    let empty = changed(Kind::Letter, sample, |p| without(p, "body.sealed"));
    let odd = Value::Bytes(vec![1; 1072]);
    vec![
        case("a letter without anything", "letter", &empty, "\"sealed\" and \"agreement\" are both absent"),
        rule(
            Kind::Letter,
            sample,
            "a letter of an odd length",
            "body.sealed",
            odd,
            "\"sealed\" has the length of no",
        ),
    ]
}

fn invitation_rules() -> Vec<Case> {
    let sample = samples::least(&ACME, 22, samples::invitation());
    let sample = sample.raw().as_bytes();
    let nowhere = changed(Kind::Invitation, sample, |p| without(p, "body.mailboxes"));
    let breaks =
        |name, path: &str, value, expects| rule(Kind::Invitation, sample, name, path, value, expects);
    let mailbox = || map([("peer", text("box"))]);
    vec![
        case(
            "an invitation to nowhere",
            "invitation",
            &nowhere,
            "\"route\" and \"mailboxes\" are both absent",
        ),
        breaks(
            "an invitation that asks for 33 bits",
            "body.work",
            33.into(),
            "\"work\" asks for more than 32",
        ),
        breaks(
            "an invitation with 4 mailboxes",
            "body.mailboxes",
            many(mailbox(), 4),
            "\"mailboxes\" names more than 3",
        ),
    ]
}

fn head(writer: &[u8], seq: u64) -> Value {
    let id = Cid::of(b"another entry").to_bytes().to_vec();
    map([("id", Value::Bytes(id)), ("seq", seq.into()), ("writer", Value::Bytes(writer.to_vec()))])
}

fn entry_rules() -> Vec<Case> {
    let later = Entry { seen: Vec::new(), ..samples::entry_full_body() };
    let sample = samples::least(&ALICE, 19, later);
    let breaks = |name, path: &str, value: Value, expects| {
        rule(Kind::Entry, sample.raw().as_bytes(), name, path, value, expects)
    };
    let (own, other) = (Signer::from_seed(&ALICE).public(), [9; 32]);
    let unlinked = changed(Kind::Entry, sample.raw().as_bytes(), |p| without(p, "body.prev"));
    vec![
        breaks(
            "an entry with a series",
            "series",
            Value::Bytes(vec![7; 16]),
            "\"series\" and \"rev\" have no",
        ),
        breaks("an entry at place 0", "body.seq", 0.into(), "\"seq\" is no place"),
        breaks("an entry past the last place", "body.seq", (1u64 << 53).into(), "\"seq\" is no place"),
        case("a later entry without the one before", "entry", &unlinked, "\"prev\" is absent"),
        breaks("a first entry after another", "body.seq", 1.into(), "\"prev\" is absent"),
        breaks("a later entry with a certificate", "body.cert", Value::Bytes(vec![1; 64]), "\"cert\" stands"),
        breaks("an entry that saw 17 heads", "body.seen", many(head(&other, 1), 17), "\"seen\" names more"),
        breaks("an entry that saw one chain twice", "body.seen", many(head(&other, 1), 2), "\"seen\" is not"),
        breaks("an entry that saw place 0", "body.seen", many(head(&other, 0), 1), "\"seen\" names no place"),
        breaks(
            "an entry that saw itself coming",
            "body.seen",
            many(head(own.as_bytes(), 8), 1),
            "\"seen\" names the writer's own",
        ),
        breaks("an entry with a subtype in capitals", "body.subtype", text("Note"), "NotThisKind"),
        breaks("an entry of size class 4", "body.size", 4.into(), "NotThisKind"),
    ]
}

fn half(name: &'static str, half: &Half, expects: &'static str) -> Case {
    let party = Signer::from_seed(&ACME).public();
    let input =
        vec![("record", hex(&half.record)), ("sig", hex(&half.sig)), ("party", hex(party.as_bytes()))];
    Case { name, reader: "half", input, expects }
}

fn join(name: &'static str, first: &Half, second: &Half, expects: &'static str) -> Case {
    let input = vec![
        ("first_record", hex(&first.record)),
        ("first_sig", hex(&first.sig)),
        ("second_record", hex(&second.record)),
        ("second_sig", hex(&second.sig)),
    ];
    Case { name, reader: "join", input, expects }
}

fn halves() -> Vec<Case> {
    let (hers, acmes) = samples::halves(Answer::Accepted);
    let record = &acmes.record;
    let (eve, alice) = (Signer::from_seed(&EVE), Signer::from_seed(&ALICE));
    let by_eve = Half::sign(&samples::record(Answer::Accepted), &eve).unwrap();
    let (_, countered) = samples::halves(Answer::Countered { with: samples::term("SD-BASE-DP") });
    let word = |value| with(record, "answer", value);
    vec![
        half(
            "a record of 1025 bytes",
            &forged::half(&[0; 1025]),
            "Form: not an agreement record: over 1024 bytes",
        ),
        half("a record with a byte after it", &forged::half(&[&record[..], &[0]].concat()), "bytes follow"),
        half("a record without its scope", &forged::half(&without(record, "scope")), "missing field `scope`"),
        half("a record of version 2", &forged::half(&with(record, "v", 2.into())), "not version 1"),
        half(
            "a record of another kind",
            &forged::half(&with(record, "kind", text("offer"))),
            "not version 1",
        ),
        half("an answer of another word", &forged::half(&word(map([("say", text("maybe"))]))), "answer.say"),
        half(
            "a counter to nothing",
            &forged::half(&word(map([("say", text("countered"))]))),
            "\"with\" stands in",
        ),
        half("acme's words signed by eve", &by_eve, "Signature: the second party's"),
        join("halves over two records", &hers, &countered, "Differ"),
        join("her half signed by eve", &acmes.countersign(&eve), &acmes, "Signature: the first party's"),
        join("acme's half signed by her", &hers, &acmes.countersign(&alice), "Signature: the second party's"),
    ]
}

fn agreements() -> Vec<Case> {
    let form = |name, input: &[u8], expects| case(name, "agreement", input, expects);
    let whole = samples::agreed();
    let untagged = &whole.as_bytes()[2..];
    let mut respelled = whole.as_bytes().to_vec();
    respelled.splice(..2, [0xd9, 0x00, 0x62]);
    let short = forged::agreement(|items| {
        let signature = &mut items[3].as_array_mut().unwrap()[0].as_array_mut().unwrap()[2];
        signature.as_bytes_mut().unwrap().pop();
    });
    vec![
        form("an agreement without its tag", untagged, "not a COSE_Sign with tag 98"),
        form(
            "an agreement without a record",
            &forged::agreement(|items| items[2] = Value::Null),
            "no payload",
        ),
        form(
            "an agreement signed once",
            &forged::agreement(|items| drop_last(&mut items[3])),
            "not two signatures",
        ),
        form("an agreement with a short signature", &short, "a signature is 64 bytes"),
        form("an agreement with its tag in three bytes", &respelled, "not in its one spelling"),
        form(
            "an agreement signed in the wrong order",
            &forged::agreement(|items| {
                items[3].as_array_mut().unwrap().reverse();
            }),
            "Signature: the first party's",
        ),
    ]
}

fn drop_last(array: &mut Value) {
    array.as_array_mut().unwrap().pop();
}

fn open(name: &'static str, seed: &[u8; 32], context: &[u8], sealed: &[u8], expects: &'static str) -> Case {
    let input = vec![("seed", hex(seed)), ("context", hex(context)), ("sealed", hex(sealed))];
    Case { name, reader: "open", input, expects }
}

fn seal_to(name: &'static str, recipient: &[u8; 32], length: usize, expects: &'static str) -> Case {
    Case {
        name,
        reader: "seal",
        input: vec![("recipient", hex(recipient)), ("length", length.to_string())],
        expects,
    }
}

fn boxes() -> Vec<Case> {
    let alice = SealKey::from_seed(ALICE_SEAL).public();
    let good = seal::seal(&alice, b"c", b"hello", &mut Given(vec![5; 32])).unwrap();
    let with_byte = |at: usize, byte: u8| {
        let mut changed = good.clone();
        changed[at] = byte;
        changed
    };
    let mut weak = good.clone();
    weak[1..33].fill(0);
    let mut padding = [0; 1024];
    padding[1023] = 1;
    let mut length = [0; 1024];
    length[..4].copy_from_slice(&1021u32.to_be_bytes());
    let last = good.len() - 1;
    vec![
        seal_to("more than the largest bucket", &alice.0, 65_533, "TooLarge: 65533 bytes"),
        seal_to("a recipient of small order", &[0; 32], 1, "BadKey"),
        open("another profile", &ALICE_SEAL, b"c", &with_byte(0, 2), "Profile: sealing profile 2"),
        open("another recipient", &ACME_SEAL, b"c", &good, "Closed"),
        open("another context", &ALICE_SEAL, b"d", &good, "Closed"),
        open("a changed ciphertext", &ALICE_SEAL, b"c", &with_byte(last, good[last] ^ 1), "Closed"),
        open("an empty box", &ALICE_SEAL, b"c", &[], "Closed"),
        open("a box without a ciphertext", &ALICE_SEAL, b"c", &good[..33], "Closed"),
        open("an encapsulated key of small order", &ALICE_SEAL, b"c", &weak, "Closed"),
        open("padding that is not zero", &ALICE_SEAL, b"c", &forged::sealed(&padding), "Closed"),
        open("a length beyond the padding", &ALICE_SEAL, b"c", &forged::sealed(&length), "Closed"),
        open("a plaintext of no bucket's length", &ALICE_SEAL, b"c", &forged::sealed(&[0; 1000]), "Closed"),
    ]
}

/// A letter from acme whose inside is any bytes.
fn letter_around(inside: &[u8]) -> Vec<u8> {
    let outside = samples::letter(false, true);
    let alice = SealKey::from_seed(ALICE_SEAL).public();
    let writer = Signer::from_seed(&ACME).public();
    let context = [&writer.as_bytes()[..], &outside.to.0, outside.about.digest()].concat();
    let sealed = seal::seal(&alice, &context, inside, &mut Given(vec![6; 32])).unwrap();
    samples::least(&ACME, 17, Letter { sealed: Some(sealed), ..outside }).raw().as_bytes().to_vec()
}

fn insides() -> Vec<Case> {
    let inside = |name, letter: &[u8], expects| {
        let input = vec![("letter", hex(letter)), ("seed", hex(&ALICE_SEAL))];
        Case { name, reader: "inside", input, expects }
    };
    let ticket = samples::least(&ACME, 18, samples::letter(true, false));
    let passed_on = samples::least(&EVE, 17, samples::letter(false, true));
    let offer = samples::offer_least();
    let mut by_eve = samples::payload(&EVE, 6, offer.body().clone());
    by_eve.till = Timestamp::new(AT + DAY).unwrap();
    let by_eve = vrm_core::envelope::sign(by_eve, &Signer::from_seed(&EVE)).unwrap();
    assert!(letter::open_inside(&ticket, &SealKey::from_seed(ALICE_SEAL)).is_err());
    vec![
        inside("a letter that is only a ticket", ticket.raw().as_bytes(), "Empty"),
        inside("an inside that eve copied", passed_on.raw().as_bytes(), "Seal: it does not open"),
        inside("an inside that is no offer", &letter_around(&forged::withdrawal()), "Envelope"),
        inside("an inside by another writer", &letter_around(by_eve.raw().as_bytes()), "OtherWriter"),
    ]
}

fn texts() -> Vec<Case> {
    let read = |name, reader, input: &str, expects| Case {
        name,
        reader,
        input: vec![("text", input.into())],
        expects,
    };
    let abandon = ["abandon"; 24].join(" ");
    vec![
        read(
            "an id of another codec",
            "id",
            "bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy",
            "NotOurs",
        ),
        read("an id of version 0", "id", "QmdfTbBqBPQ7VNxZEYEj14VmRuZBkqFbiwReogJgS1zR1n", "NotBase32"),
        read(
            "an id in capitals",
            "id",
            "BAFYREIGBTJ4X7IP5LEGNFZNUFUOPL4SG4KNZC2COF6DUAS4B3Q2FY6SWUA",
            "NotBase32",
        ),
        read("a hash of 62 digits", "hash", &"0".repeat(62), "NotHex"),
        read("an identity of another method", "did", "did:web:acme.example", "NotDidKey"),
        read(
            "a key of another curve",
            "did",
            "did:key:zQ3shokFTS3brHcDQrn82RUDfCZESWL1ZdCEJwekUDPQiYBme",
            "NotDidKey",
        ),
        read("words with a wrong checksum", "words", &abandon, "WordsError"),
        read(
            "twelve words",
            "words",
            "legal winner thank year wave sausage worth useful legal winner thank yellow",
            "WordsError",
        ),
    ]
}
