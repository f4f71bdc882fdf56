//! What an entry says, in words for people: one short text for each kind.
//!
//! Knows: every kind. Must not decide anything; text from others is data and stays what it is.

use vrm_core::body::{
    Attachment, Body, CaseClose, CaseOpen, CaseUpdate, Claim, Disclosure, Discount, EraseAck, Notice, Off,
    Order, PaymentRef, Percent, Photo, Policy, Question, Receipt, Redeem, Remedies, Repair, Return, Shipment,
    Signs, Status, Usage, Warranty, Wear,
};
use vrm_core::object::entry::Subtype;
use vrm_core::value::{Money, Product, Timestamp};
use vrm_protocol::conduits::Content;

/// What is left of an entry's content, in words.
pub(crate) fn words(subtype: &str, content: &Content) -> String {
    let bytes = match content {
        Content::Plain(bytes) => bytes,
        Content::Unreadable => return "(does not open, or is not what was signed)".to_owned(),
        Content::Absent => return "(erased by its writer before it came)".to_owned(),
        Content::Erased(at) => return format!("(erased here {at})"),
    };
    match Body::decode(subtype, bytes) {
        Ok(body) => of_body(&body),
        Err(why) => format!("(breaks a rule of its kind: {why})"),
    }
}

fn of_body(body: &Body) -> String {
    match body {
        Body::Note(note) => with_files(&note.text, &note.files),
        Body::Chat(chat) => chat.text.to_string(),
        Body::Photo(photo) => photos(photo),
        Body::Idea(idea) => with_files(&format!("{}: {}", idea.title, &*idea.text), &idea.files),
        Body::Question(question) => question_(question),
        Body::Order(order) => order_(order),
        Body::Status(status) => status_(status),
        Body::Shipment(shipment) => shipment_(shipment),
        Body::PaymentRef(payment) => payment_(payment),
        Body::Discount(discount) => discount_(discount),
        Body::Redeem(redeem) => redeem_(redeem),
        Body::Receipt(receipt) => receipt_(receipt),
        Body::Usage(usage) => usage_(usage),
        Body::Wear(wear) => wear_(wear),
        Body::Return(step) => return_(step),
        Body::Repair(step) => repair_(step),
        Body::Warranty(warranty) => warranty_(warranty),
        Body::Notice(notice) => notice_(notice),
        Body::CaseOpen(case) => case_(case),
        Body::CaseUpdate(update) => update_(update),
        Body::CaseClose(close) => close_(close),
        Body::Disclosure(disclosure) => disclosure_(disclosure),
        Body::EraseRequest(request) => {
            format!("asks to erase {}, by {}", count(request.entries.len(), "entry", "entries"), request.due)
        }
        Body::EraseAck(ack) => erased(ack),
        Body::Retract(retract) => {
            join([format!("takes back {}", retract.entry.short()), text(retract.why.as_deref())])
        }
        Body::Scan(scan) => join([format!("scanned by {}", word(&scan.by)), text(scan.event.as_deref())]),
        Body::Found(found) => format!("found {}: {}", found.found, &*found.text),
        Body::Policy(policy) => self::policy(policy),
        Body::Moved(moved) => join([format!("moved: {}", word(&moved.cause)), text(moved.name.as_deref())]),
        Body::Closed(closed) => join(["writes no more".to_owned(), text(closed.why.as_deref())]),
        Body::Unknown { bytes, .. } => {
            format!(
                "(a kind this version does not know, kept as it is: {})",
                count(bytes.len(), "byte", "bytes")
            )
        }
    }
}

fn policy(policy: &Policy) -> String {
    let kinds: Vec<&str> = policy.kinds.iter().map(Subtype::as_str).collect();
    let said = join([
        if kinds.is_empty() { String::new() } else { format!("only {}", kinds.join(" ")) },
        policy.rate.map(|rate| format!("{rate} messages")).unwrap_or_default(),
        policy.quiet.map(|quiet| format!("nothing in {quiet} UTC")).unwrap_or_default(),
        policy.keep.map(|days| format!("its own is to be erased after {days} days")).unwrap_or_default(),
    ]);
    let said = if said.is_empty() { "everything".to_owned() } else { said };
    let beyond = policy.beyond.map(|entry| format!("; {entry} was more than that")).unwrap_or_default();
    format!("takes: {said}{beyond}")
}

/// Parts that are there, one after the other.
fn join<const N: usize>(parts: [String; N]) -> String {
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
}

/// A word of a closed list, as JSON has it.
fn word(value: &impl serde::Serialize) -> String {
    let word = serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned));
    word.unwrap_or_default().replace('_', " ")
}

fn count(n: usize, one: &str, more: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { more })
}

fn text(text: Option<&str>) -> String {
    text.unwrap_or_default().to_owned()
}

fn labelled<T: ToString>(label: &str, value: Option<T>) -> String {
    value.map(|value| format!("{label} {}", value.to_string())).unwrap_or_default()
}

fn by_day(label: &str, moment: Option<Timestamp>) -> String {
    labelled(label, moment.map(day))
}

/// The day of a moment, in UTC.
pub(crate) fn day(moment: Timestamp) -> String {
    let text = moment.to_string();
    text.split('T').next().unwrap_or_default().to_owned()
}

fn attached(files: &[Attachment]) -> String {
    if files.is_empty() { String::new() } else { format!("[{} attached]", files.len()) }
}

fn with_files(text: &str, files: &[Attachment]) -> String {
    if files.is_empty() { text.to_owned() } else { format!("{text} {}", attached(files)) }
}

fn after(head: String, tail: Option<&str>) -> String {
    tail.map_or_else(|| head.clone(), |tail| format!("{head}: {tail}"))
}

fn photos(photo: &Photo) -> String {
    after(count(photo.photos.len(), "picture", "pictures"), photo.text.as_deref())
}

fn question_(question: &Question) -> String {
    join([question.text.to_string(), by_day("of use until", question.by)])
}

fn order_(order: &Order) -> String {
    join([
        format!("ordered {}", order.title),
        order.total.map(|total| total.to_string()).unwrap_or_default(),
        labelled("number", order.number.as_ref()),
        by_day("due", order.due),
        by_day("may be withdrawn until", order.withdraw_until),
    ])
}

fn status_(status: &Status) -> String {
    let head = join([word(&status.stage), by_day("expected", status.expected)]);
    after(head, status.text.as_deref())
}

fn shipment_(shipment: &Shipment) -> String {
    let parcels = count(usize::from(shipment.parcels), "parcel", "parcels");
    join([
        format!("{parcels} with {}", shipment.carrier),
        labelled("tracking", shipment.tracking.as_ref()),
        by_day("arrives from", shipment.arrives.and_then(|window| window.from())),
        by_day("arrives by", shipment.arrives.and_then(|window| window.until())),
        text(shipment.link.as_deref()),
    ])
}

fn payment_(payment: &PaymentRef) -> String {
    let verb = if payment.refund { "refunded" } else { "paid" };
    format!(
        "{verb} {} by {} on {}, reference {}",
        payment.amount,
        payment.method,
        day(payment.paid),
        payment.reference
    )
}

fn discount_(discount: &Discount) -> String {
    let off = match &discount.off {
        Off::Amount(amount) => amount.to_string(),
        Off::Share(share) => Percent(*share).to_string(),
    };
    join([
        format!("{off} off, once: {}", discount.title),
        format!("until {}", day(discount.until)),
        labelled("on", discount.product.as_ref()),
        labelled("code", discount.code.as_ref()),
        signs(&discount.signs),
    ])
}

/// Why she sees it, whether it is for her in particular, and what was used for it.
fn signs(signs: &Signs) -> String {
    let used: Vec<&str> = signs.data_used.iter().map(|data| data.as_str()).collect();
    let personal = if signs.personalised { "; for you in particular" } else { "" };
    let used = if used.is_empty() { String::new() } else { format!("; used: {}", used.join(", ")) };
    format!("because {}{personal}{used}", signs.basis)
}

fn redeem_(redeem: &Redeem) -> String {
    join([format!("used the discount {}", redeem.discount.short()), labelled("saved", redeem.saved)])
}

fn receipt_(receipt: &Receipt) -> String {
    let flags = receipt.audit().flags.len();
    join([
        labelled("receipt", receipt.number.as_ref()),
        format!("{} of {}", count(receipt.lines.len(), "line", "lines"), receipt.seller.name),
        receipt.totals.gross.to_string(),
        if flags == 0 { String::new() } else { format!("{flags} WRONG, see `vrm receipt show`") },
    ])
}

fn usage_(usage: &Usage) -> String {
    let unit = usage.amount.unit();
    let amount = usage.amount.to_string();
    let number = amount.split(' ').next().unwrap_or_default();
    after(format!("{number} {}", unit.name().unwrap_or(unit.code())), usage.text.as_deref())
}

fn product(product: Option<&Product>) -> String {
    labelled("of", product)
}

fn wear_(wear: &Wear) -> String {
    let head = join([
        format!("{}, {}", wear.part, word(&wear.grade)),
        product(wear.product.as_ref()),
        by_day("since", wear.since),
    ]);
    with_files(&format!("{head}: {}", &*wear.text), &wear.photos)
}

fn return_(step: &Return) -> String {
    let head = join([
        format!("return {}", word(&step.step)),
        step.why.as_ref().map(word).unwrap_or_default(),
        labelled("wanted:", step.remedy.as_ref().map(word)),
        step.amount.map(|amount| amount.to_string()).unwrap_or_default(),
    ]);
    after(head, step.text.as_deref())
}

fn repair_(step: &Repair) -> String {
    let head = join([
        format!("repair {}", word(&step.step)),
        product(step.product.as_ref()),
        labelled("costs", step.cost),
        by_day("ready", step.ready),
    ]);
    with_files(&after(head, step.text.as_deref()), &step.photos)
}

fn warranty_(warranty: &Warranty) -> String {
    let head = join([
        format!("vouched for by the {}", word(&warranty.by)),
        format!("{} to {}", day(warranty.from), day(warranty.until)),
        product(warranty.product.as_ref()),
    ]);
    after(head, warranty.text.as_deref())
}

fn notice_(notice: &Notice) -> String {
    let lots: Vec<&str> = notice.lots.iter().map(|lot| lot.as_str()).collect();
    let head = join([
        format!("{}: {}", word(&notice.topic), notice.title),
        product(notice.product.as_ref()),
        if lots.is_empty() { String::new() } else { format!("lots {}", lots.join(" ")) },
    ]);
    with_files(&format!("{head}: {} ({})", &*notice.text, signs(&notice.signs)), &notice.files)
}

fn case_(case: &CaseOpen) -> String {
    let head = join([
        format!("case: {} ({})", case.title, word(&case.severity)),
        labelled("wanted:", case.remedy.as_ref().map(word)),
        by_day("answer asked by", case.due),
    ]);
    with_files(&format!("{head}: {}", &*case.text), &case.photos)
}

fn update_(update: &CaseUpdate) -> String {
    let head = join([
        format!("case {}: {}", update.case.short(), word(&update.step)),
        update.offer.as_ref().map(remedy).unwrap_or_default(),
    ]);
    with_files(&after(head, update.text.as_deref()), &update.photos)
}

/// What a vendor proposes.
pub(crate) fn remedy(offer: &Remedies) -> String {
    join([word(&offer.remedy), offer.amount.as_ref().map(Money::to_string).unwrap_or_default()])
}

fn close_(close: &CaseClose) -> String {
    after(format!("case {} is {}", close.case.short(), word(&close.outcome)), close.text.as_deref())
}

fn disclosure_(disclosure: &Disclosure) -> String {
    let claim = |claim: &Claim| format!("{} is {}", claim.category, &*claim.value);
    let claims: Vec<String> = disclosure.claims.iter().map(claim).collect();
    join([
        claims.join("; "),
        format!("for {}", disclosure.purpose),
        format!("until {}", day(disclosure.until)),
        labelled("replaces", disclosure.replaces.map(|id| id.short())),
    ])
}

fn erased(ack: &EraseAck) -> String {
    let laws: Vec<&str> = ack.kept.iter().map(|kept| kept.law.as_str()).collect();
    join([
        format!("erased {}", count(ack.erased.len(), "entry", "entries")),
        if laws.is_empty() {
            String::new()
        } else {
            format!("keeps {} under: {}", laws.len(), laws.join("; "))
        },
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_unknown_broken_or_gone_says_so() {
        let said = |subtype: &str, content| words(subtype, &content);
        let at: Timestamp = "2026-03-01T12:00:00Z".parse().expect("a moment");
        let told = [
            said("fitting.room", Content::Plain(b"\xff".to_vec())),
            said("note", Content::Plain(vec![0xa0])),
            said("note", Content::Unreadable),
            said("note", Content::Absent),
            said("note", Content::Erased(at)),
        ];
        insta::assert_snapshot!(told.join("\n"), @r"
        (a kind this version does not know, kept as it is: 1 byte)
        (breaks a rule of its kind: note: missing field `text`)
        (does not open, or is not what was signed)
        (erased by its writer before it came)
        (erased here 2026-03-01T12:00:00Z)
        ");
    }
}
