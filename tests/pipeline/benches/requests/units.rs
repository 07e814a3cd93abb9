//! What DynamoDB charges for a call, by the rules of its developer guide: sizes of items, rounded up to units; writes of
//! every index whose entry changes.

use std::collections::{BTreeMap, HashMap};

use emulator::{Template, WireCall};
use serde_json::{Map, Value};

/// Units that were used.
#[derive(Clone, Copy, Debug, Default)]
pub struct Units {
    /// Write request units of tables.
    pub written: f64,
    /// Write request units of indexes.
    pub indexed: f64,
    /// Read request units.
    pub read: f64,
}

/// An index: its name, its key, and what else is projected (`None`: all).
struct Index {
    key: Vec<String>,
    projected: Option<Vec<String>>,
}

/// Remembers what is stored, to know what a write replaces.
pub struct Meter {
    tables: HashMap<String, (Vec<String>, Vec<Index>)>,
    stored: HashMap<(String, String), Map<String, Value>>,
}

impl Meter {
    /// Knows the template's tables by the names that they were given.
    pub fn new(template: &Template, names: &HashMap<String, String>) -> Self {
        let mut tables = HashMap::new();
        for (logical, name) in names {
            let properties = template.properties(logical);
            let indexes = list(&properties["GlobalSecondaryIndexes"]).map(|index| Index {
                key: key(&index["KeySchema"]),
                projected: match index["Projection"]["ProjectionType"].as_str() {
                    Some("ALL") => None,
                    _ => Some(list(&index["Projection"]["NonKeyAttributes"]).filter_map(text).collect()),
                },
            });
            tables.insert(name.clone(), (key(&properties["KeySchema"]), indexes.collect()));
        }
        Self { tables, stored: HashMap::new() }
    }

    /// What a call costs.
    pub fn of(&mut self, call: &WireCall) -> Units {
        let request: Value = serde_json::from_slice(&call.request).unwrap_or_default();
        let answer: Value = serde_json::from_slice(&call.answer).unwrap_or_default();
        let strong = request["ConsistentRead"] == true;
        let read = |size: usize| (size.max(1).div_ceil(4096)) as f64 * if strong { 1.0 } else { 0.5 };
        match call.operation.as_str() {
            "DynamoDB.PutItem" => self.put(&request, call.status == Some(200)),
            "DynamoDB.GetItem" => Units { read: read(size(answer["Item"].as_object())), ..Units::default() },
            "DynamoDB.Query" | "DynamoDB.Scan" => {
                let all: usize = list(&answer["Items"]).map(|item| size(item.as_object())).sum();
                Units { read: read(all), ..Units::default() }
            }
            "DynamoDB.BatchGetItem" => {
                let tables = answer["Responses"].as_object().into_iter().flat_map(Map::values);
                let read = tables.flat_map(list).map(|item| read(size(item.as_object()))).sum();
                Units { read, ..Units::default() }
            }
            _ => Units::default(),
        }
    }

    fn put(&mut self, request: &Value, stored: bool) -> Units {
        let (Some(table), Some(item)) = (request["TableName"].as_str(), request["Item"].as_object()) else {
            return Units::default();
        };
        let Some((key, indexes)) = self.tables.get(table) else { return Units::default() };
        let id = key.iter().map(|name| item[name].to_string()).collect::<Vec<_>>().join("/");
        let place = (table.to_owned(), id);
        let old = self.stored.get(&place);
        // A write is charged for the larger of what was there and what is; also one that is refused.
        let mut units = Units { written: units(size(Some(item)).max(size(old))), ..Units::default() };
        if stored {
            for index in indexes {
                units.indexed += index.write(key, old, item);
            }
            self.stored.insert(place, item.clone());
        }
        units
    }
}

impl Index {
    /// "An update that changes an index key takes two writes, one to delete the old entry and one to put the new one."
    fn write(&self, table_key: &[String], old: Option<&Map<String, Value>>, new: &Map<String, Value>) -> f64 {
        let old = old.and_then(|item| self.entry(table_key, item));
        match (old, self.entry(table_key, new)) {
            (None, None) => 0.0,
            (Some(entry), None) | (None, Some(entry)) => units(size(Some(&entry))),
            (Some(old), Some(new)) if old == new => 0.0,
            (Some(old), Some(new)) => {
                let moved = self.key.iter().any(|name| old[name] != new[name]);
                units(size(Some(&new))) + if moved { units(size(Some(&old))) } else { 0.0 }
            }
        }
    }

    fn entry(&self, table_key: &[String], item: &Map<String, Value>) -> Option<Map<String, Value>> {
        if !self.key.iter().all(|name| item.contains_key(name)) {
            return None;
        }
        let is_in = |name: &String| {
            self.key.contains(name)
                || table_key.contains(name)
                || self.projected.as_ref().is_none_or(|projected| projected.contains(name))
        };
        Some(item.iter().filter(|(name, _)| is_in(name)).map(|(n, v)| (n.clone(), v.clone())).collect())
    }
}

fn units(bytes: usize) -> f64 {
    bytes.max(1).div_ceil(1024) as f64
}

/// The size of an item: the lengths of names and values; a number takes a byte for two digits, and one more.
pub fn size(item: Option<&Map<String, Value>>) -> usize {
    item.into_iter().flatten().map(|(name, value)| name.len() + value_size(value)).sum()
}

fn value_size(value: &Value) -> usize {
    let typed: BTreeMap<&str, &Value> =
        value.as_object().into_iter().flatten().map(|(kind, value)| (kind.as_str(), value)).collect();
    match typed.iter().next() {
        Some((&"N", number)) => number.as_str().map_or(1, |digits| digits.len().div_ceil(2) + 1),
        Some((&"SS", texts)) => list(texts).filter_map(Value::as_str).map(str::len).sum(),
        Some((_, Value::String(text))) => text.len(),
        _ => 1,
    }
}

fn key(schema: &Value) -> Vec<String> {
    list(schema).filter_map(|element| text(&element["AttributeName"])).collect()
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}
