//! What EasyPost and its carriers write, in whatever form: a text by the documentation, and a list or an object in
//! practice.

use serde_json::Value;

/// Every text in `value` on one line, each with the field that it is about, where it names one. Texts that repeat
/// another are left out.
pub(super) fn text_of(value: &Value) -> String {
    let mut texts = Vec::new();
    gather(value, &mut texts);
    let mut told: Vec<String> = Vec::new();
    for text in texts {
        let text = text.trim().to_owned();
        if !text.is_empty() && !told.contains(&text) {
            told.push(text);
        }
    }
    told.join("; ")
}

fn gather(value: &Value, texts: &mut Vec<String>) {
    match value {
        Value::String(text) => texts.push(text.clone()),
        Value::Number(number) => texts.push(number.to_string()),
        Value::Array(items) => items.iter().for_each(|item| gather(item, texts)),
        Value::Object(fields) => match (fields.get("message"), fields.get("field").and_then(Value::as_str)) {
            (Some(message), Some(field)) => texts.push(format!("{field}: {}", text_of(message))),
            (Some(message), None) => gather(message, texts),
            (None, _) => fields.values().for_each(|value| gather(value, texts)),
        },
        Value::Null | Value::Bool(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::text_of;

    #[track_caller]
    fn check(value: Value, expect: &str) {
        assert_eq!(text_of(&value), expect, "{value}");
    }

    #[test]
    fn any_form_is_read() {
        check(json!("one"), "one");
        check(json!(["one", null, {"x": "two"}, "one"]), "one; two");
        check(json!({"errors": ["one", true, {"x": "two"}]}), "one; two");
        check(json!([{"field": "phone", "message": "is missing"}]), "phone: is missing");
        check(
            json!([{"field": "phone", "message": ["is missing", "is short"]}]),
            "phone: is missing; is short",
        );
        check(json!({"message": {"to": "bad"}, "code": "X"}), "bad");
        check(json!({"street1": ["too long"]}), "too long");
        check(json!(null), "");
        check(json!(7), "7");
    }
}
