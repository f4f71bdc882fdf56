//! Makes lines of accepted offers, and of ordered items where there are none.
//!
//! Knows: offers, items, products. Must not know the sums of the whole.

use vrm_core::body::Line;
use vrm_core::value::{Currency, Money, Product, Quantity, Timestamp, Unit};

use super::super::error::ImportError;
use super::super::{fields, when};
use super::read::Reader;
use super::tree::{self, Node};

/// Where the parts of one line stand.
struct Parts<'a> {
    /// What the fields are called in an error, such as `acceptedOffer[2]`.
    path: String,
    /// What has the price.
    offer: &'a Node,
    /// What it is.
    item: Option<&'a Node>,
    /// What has the quantity, and under which key.
    quantity: (&'a Node, &'static str),
}

pub(super) fn all(reader: &mut Reader<'_>) -> Result<Vec<Line>, ImportError> {
    let parts = parts(&reader.nodes);
    let alone = parts.len() == 1;
    let mut lines = parts.iter().map(|parts| one(reader, parts, alone)).collect::<Result<Vec<_>, _>>()?;
    if lines.is_empty() {
        return Err(reader.fail("acceptedOffer", "is missing; add what was bought, each with name and price"));
    }
    lines.extend(discount(reader)?);
    Ok(lines)
}

fn parts<'a>(nodes: &[&'a Node]) -> Vec<Parts<'a>> {
    let offers = nodes.iter().flat_map(|node| tree::nodes(node, "acceptedOffer")).enumerate();
    let offers: Vec<_> = offers
        .map(|(at, offer)| Parts {
            path: format!("acceptedOffer[{}]", at + 1),
            offer,
            item: tree::node(offer, "itemOffered"),
            quantity: (offer, "eligibleQuantity"),
        })
        .collect();
    if offers.is_empty() { ordered_items(nodes) } else { offers }
}

fn ordered_items<'a>(nodes: &[&'a Node]) -> Vec<Parts<'a>> {
    let items = nodes.iter().flat_map(|node| tree::nodes(node, "orderedItem")).enumerate();
    let of = |(at, ordered): (usize, &'a Node)| {
        let item = tree::node(ordered, "orderedItem").unwrap_or(ordered);
        Parts {
            path: format!("orderedItem[{}]", at + 1),
            offer: tree::node(item, "offers").or_else(|| tree::node(ordered, "offers")).unwrap_or(ordered),
            item: Some(item),
            quantity: (ordered, "orderQuantity"),
        }
    };
    items.map(of).collect()
}

/// An order's reduction, as a line below zero.
fn discount(reader: &mut Reader<'_>) -> Result<Option<Line>, ImportError> {
    let node = reader.nodes.iter().find(|node| node.contains_key("discount"));
    let Some(digits) = node.map(|node| tree::number(node, "discount")) else { return Ok(None) };
    let Some(digits) = digits.map_err(|why| reader.fail("discount", why))? else { return Ok(None) };
    let off = fields::money(digits.trim_start_matches('-'), reader.currency);
    let off = off.map_err(|why| reader.fail("discount", why))?;
    let price = off.checked_mul(-1).map_err(|why| reader.fail("discount", why))?;
    let title = vrm_core::value::Text::new("Discount").map_err(|why| reader.fail("discount", why))?;
    Ok((off.minor() != 0).then_some(Line {
        title,
        product: None,
        quantity: Quantity::pieces(1),
        price,
        per: 1,
        amount: price,
        rate: None,
        return_until: None,
        warranty_until: None,
    }))
}

fn one(reader: &mut Reader<'_>, parts: &Parts<'_>, alone: bool) -> Result<Line, ImportError> {
    let own_name = tree::text(parts.offer, "name");
    let name = own_name.clone().or_else(|| parts.item.and_then(|item| tree::text(item, "name")));
    let fail = |reader: &Reader<'_>, key: &str, why: &str| reader.fail(format!("{}.{key}", parts.path), why);
    let title = name.and_then(|raw| fields::text(&raw, "name", &mut reader.notes));
    let title = title.ok_or_else(|| fail(reader, "name", "is missing; add what was bought"))?;
    let currency = own_currency(reader, parts)?;
    let quantity = quantity(reader, parts)?;
    let (price, per) = price(reader, parts, currency, quantity, alone)?;
    let rate = rate(parts.offer).map_err(|why| fail(reader, "vrm:taxRate", &why))?;
    let product = parts.item.and_then(|item| product(item, own_name.is_some(), &mut reader.notes));
    let (return_until, warranty_until) =
        (moment(reader, parts, "vrm:returnUntil")?, moment(reader, parts, "vrm:warrantyUntil")?);
    let line =
        Line { title, product, quantity, price, per, amount: price, rate, return_until, warranty_until };
    let amount = match tree::text(parts.offer, "vrm:amount") {
        Some(text) => text.parse::<Money>().map_err(|why| why.to_string()),
        None => fields::amount_of(&line),
    };
    Ok(Line { amount: amount.map_err(|why| fail(reader, "vrm:amount", &why))?, ..line })
}

fn own_currency(reader: &Reader<'_>, parts: &Parts<'_>) -> Result<Currency, ImportError> {
    let spec = tree::node(parts.offer, "priceSpecification");
    let code = tree::text(parts.offer, "priceCurrency").or_else(|| tree::text(spec?, "priceCurrency"));
    let Some(code) = code else { return Ok(reader.currency) };
    code.trim().parse().map_err(|why| reader.fail(format!("{}.priceCurrency", parts.path), why))
}

fn quantity(reader: &mut Reader<'_>, parts: &Parts<'_>) -> Result<Quantity, ImportError> {
    let (node, key) = parts.quantity;
    let code = tree::node(node, key).and_then(|quantity| tree::text(quantity, "unitCode"));
    let unit = code.map_or(Unit::PIECE, |code| {
        code.trim().parse().unwrap_or_else(|_| {
            reader.notes.push(format!("{}: the unit is not known; taken as pieces", parts.path));
            Unit::PIECE
        })
    });
    let digits = tree::number(node, key).and_then(|digits| match digits {
        None => Ok(Quantity::pieces(1)),
        Some(digits) => fields::quantity(&digits, unit),
    });
    digits.map_err(|why| reader.fail(format!("{}.{key}", parts.path), why))
}

/// The price, and for how many units it is. A single item without one costs what the order costs.
fn price(
    reader: &Reader<'_>,
    parts: &Parts<'_>,
    currency: Currency,
    quantity: Quantity,
    alone: bool,
) -> Result<fields::PricePer, ImportError> {
    let fail = |why: String| reader.fail(format!("{}.price", parts.path), why);
    let spec = tree::node(parts.offer, "priceSpecification");
    let detailed = spec.map(|spec| tree::number(spec, "price")).transpose().map_err(fail)?.flatten();
    let digits = match detailed {
        Some(digits) => Some(digits),
        None => tree::number(parts.offer, "price").map_err(fail)?,
    };
    match (digits, reader.gross()?) {
        (Some(digits), _) => {
            let (price, finer) = fields::price(&digits, currency).map_err(fail)?;
            let per = spec.map_or(Ok(1), reference).map_err(fail)?;
            let per = finer.checked_mul(per).ok_or_else(|| fail("is for too many units".to_owned()))?;
            Ok((price, per))
        }
        (None, Some(gross)) if alone => fields::whole(gross, quantity).map_err(fail),
        _ => Err(fail("is missing; add the price of one unit".to_owned())),
    }
}

/// For how many units a price is.
fn reference(spec: &Node) -> Result<u32, String> {
    let digits = tree::number(spec, "referenceQuantity")?;
    let wrong = "is for a quantity that is no whole number; write the price of one unit";
    digits.map_or(Ok(1), |digits| digits.trim().parse().map_err(|_| wrong.to_owned()))
}

/// The rate of our own key, in basis points.
pub(super) fn rate(node: &Node) -> Result<Option<u16>, String> {
    let digits = tree::number(node, "vrm:taxRate")?;
    let wrong = "is not in basis points; write a whole number, such as 1900 for 19 %";
    digits.map(|digits| digits.trim().parse().map_err(|_| wrong.to_owned())).transpose()
}

fn moment(reader: &Reader<'_>, parts: &Parts<'_>, key: &str) -> Result<Option<Timestamp>, ImportError> {
    let read = tree::text(parts.offer, key).map(|raw| when::read(&raw)).transpose();
    read.map_err(|why| reader.fail(format!("{}.{key}", parts.path), why))
}

/// Identifiers of an item. Its name counts only beside a title of the line.
fn product(item: &Node, named: bool, notes: &mut Vec<String>) -> Option<Product> {
    let text = |key: &str| tree::text(item, key);
    let gtin = ["gtin", "gtin14", "gtin13", "gtin12", "gtin8"].iter().find_map(|key| text(key));
    let name = text("name").filter(|_| named);
    let product = Product {
        lot: text("vrm:lot").and_then(|raw| fields::code(&raw, "vrm:lot", notes)),
        mpn: text("mpn").and_then(|raw| fields::code(&raw, "mpn", notes)),
        gtin: gtin.and_then(|raw| fields::gtin(&raw, notes)),
        name: name.and_then(|raw| fields::text(&raw, "name", notes)),
        brand: text("brand").and_then(|raw| fields::text(&raw, "brand", notes)),
        model: text("model").and_then(|raw| fields::text(&raw, "model", notes)),
        serial: text("serialNumber").and_then(|raw| fields::code(&raw, "serialNumber", notes)),
    };
    if product.is_empty() { None } else { Some(product) }
}
