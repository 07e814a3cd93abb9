//! Odd inputs, derived from good ones. The same seed yields the same inputs.

use fastrand::Rng;
use serde_json::{Map, Number, Value, json};

/// Values that replace others.
const ODD: [&str; 24] = [
    "null",
    "true",
    "[]",
    "{}",
    "0",
    "-1",
    "9223372036854775807",
    "18446744073709551615",
    "1e308",
    "0.7699999999999999",
    r#""""#,
    r#"" \n""#,
    r#""0.00""#,
    r#""-0.01""#,
    r#""999999999.99""#,
    r#""999999999999999999999999999999999999999999999999999999999999""#,
    r#""1e9""#,
    r#""NaN""#,
    r#""2026-02-30T25:61:00Z""#,
    r#""../../etc/passwd""#,
    r#""\u0000\u001b[31m\u202e\r\n""#,
    r#""=1+1""#,
    r#""J*** D**""#,
    r#""서울특별시 🎁 Zażółć""#,
];

fn odd(rng: &mut Rng) -> Value {
    match rng.usize(..ODD.len() + 3) {
        n if n < ODD.len() => serde_json::from_str(ODD[n]).expect("these are JSON"),
        n if n == ODD.len() => json!("🎁".repeat(rng.usize(0..3_000))),
        n if n == ODD.len() + 1 => json!("x".repeat(rng.usize(0..3_000))),
        _ => nested(rng.usize(1..120)),
    }
}

fn nested(depth: usize) -> Value {
    (0..depth).fold(json!(1), |inner, _| json!([inner]))
}

/// Derives inputs from a corpus.
pub(crate) struct Mutator {
    rng: Rng,
    corpus: Vec<Vec<u8>>,
    /// All values of the corpus, to be put elsewhere.
    parts: Vec<Value>,
}

impl Mutator {
    pub(crate) fn new(corpus: Vec<Vec<u8>>, seed: u64) -> Self {
        let mut parts = Vec::new();
        for value in corpus.iter().filter_map(|input| serde_json::from_slice(input).ok()) {
            collect(value, &mut parts);
        }
        Self { rng: Rng::with_seed(seed), corpus, parts }
    }

    /// The next input: a file of the corpus, changed in one to four places.
    pub(crate) fn next(&mut self) -> Vec<u8> {
        let mut input = self.corpus[self.rng.usize(..self.corpus.len())].clone();
        let as_json = self.rng.u8(0..8) > 0;
        match serde_json::from_slice::<Value>(&input) {
            Ok(mut value) if as_json => {
                for _ in 0..self.rng.u8(1..=4) {
                    self.change_json(&mut value);
                }
                serde_json::to_vec(&value).unwrap()
            }
            _ => {
                for _ in 0..self.rng.u8(1..=4) {
                    self.change_bytes(&mut input);
                }
                input
            }
        }
    }

    fn change_json(&mut self, root: &mut Value) {
        let rng = &mut self.rng;
        let place = descend(root, rng);
        match (rng.u8(0..8), place) {
            (0, Value::Object(fields)) => drop(any_key(fields, rng).and_then(|key| fields.remove(&key))),
            (1, Value::Object(fields)) => {
                if let (Some(from), Some(to)) = (any_key(fields, rng), any_key(fields, rng)) {
                    let value = fields[&from].clone();
                    fields.insert(to, value);
                }
            }
            (0 | 1, Value::Array(list)) if !list.is_empty() => {
                let element = list.swap_remove(rng.usize(..list.len()));
                // Gone, or there several times.
                let times = rng.usize(0..12);
                list.extend(std::iter::repeat_n(element, times));
            }
            (0..=3, Value::String(text)) => {
                let mut bytes = std::mem::take(text).into_bytes();
                change_bytes(&mut bytes, rng);
                *text = String::from_utf8_lossy(&bytes).into_owned();
            }
            (0..=3, place @ Value::Number(_)) => {
                let number = place.as_i64().unwrap_or_default();
                let by = [1, -1, number, 1_000_000_000][rng.usize(0..4)];
                *place = Value::Number(Number::from(number.wrapping_add(by)));
            }
            (_, place) if rng.bool() && !self.parts.is_empty() => {
                *place = self.parts[rng.usize(..self.parts.len())].clone();
            }
            (_, place) => *place = odd(rng),
        }
    }

    fn change_bytes(&mut self, input: &mut Vec<u8>) {
        change_bytes(input, &mut self.rng);
    }
}

fn any_key(fields: &Map<String, Value>, rng: &mut Rng) -> Option<String> {
    let keys: Vec<&String> = fields.keys().collect();
    (!keys.is_empty()).then(|| keys[rng.usize(..keys.len())].clone())
}

/// A place in `value`, which may be `value` itself.
fn descend<'a>(value: &'a mut Value, rng: &mut Rng) -> &'a mut Value {
    let inner = match value {
        Value::Object(fields) => fields.len(),
        Value::Array(list) => list.len(),
        _ => 0,
    };
    if inner == 0 || rng.u8(0..6) == 0 {
        return value;
    }
    let nth = rng.usize(..inner);
    match value {
        Value::Object(fields) => descend(fields.values_mut().nth(nth).unwrap(), rng),
        Value::Array(list) => descend(&mut list[nth], rng),
        _ => value,
    }
}

fn change_bytes(input: &mut Vec<u8>, rng: &mut Rng) {
    const PIECES: [&[u8]; 10] =
        [b"\"", b"\\ud83d", b"\xff\xfe", b"\xf0\x9f", b",", b";", b"\n", b"-", b"\0", b"0000000000000000"];
    let at = rng.usize(..=input.len());
    match rng.u8(0..5) {
        0 if at < input.len() => input[at] ^= 1 << rng.u8(0..8),
        1 if at < input.len() => drop(input.remove(at)),
        2 => input.truncate(at),
        3 => {
            let piece = input[at..input.len().min(at + rng.usize(0..40))].to_vec();
            let to = rng.usize(..=input.len());
            input.splice(to..to, piece);
        }
        _ => {
            let piece = PIECES[rng.usize(..PIECES.len())];
            input.splice(at..at, piece.iter().copied());
        }
    }
}

fn collect(value: Value, parts: &mut Vec<Value>) {
    match &value {
        Value::Object(fields) => fields.values().for_each(|inner| collect(inner.clone(), parts)),
        Value::Array(list) => list.iter().for_each(|inner| collect(inner.clone(), parts)),
        _ => {}
    }
    parts.push(value);
}
