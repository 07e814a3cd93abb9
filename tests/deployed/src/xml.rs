//! Reads the texts of elements in CloudFormation's responses.

/// The texts of all elements with this name that contain only text, in their order.
pub(crate) fn texts(xml: &str, name: &str) -> Vec<String> {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    let inside = xml.split(&open).skip(1).filter_map(|rest| rest.split(&close).next());
    inside.map(unescape).collect()
}

/// The text of the first one.
pub(crate) fn text(xml: &str, name: &str) -> Option<String> {
    texts(xml, name).into_iter().next()
}

fn unescape(text: &str) -> String {
    let named =
        [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&#x27;", "'"), ("&amp;", "&")];
    named.iter().fold(text.to_owned(), |text, (name, character)| text.replace(name, character))
}

#[cfg(test)]
mod tests {
    use super::{text, texts};

    #[test]
    fn texts_are_read_in_their_order() {
        let xml = "<A><Key>one</Key><Value/></A><A><Key>a &amp;lt; b</Key></A>";
        assert_eq!(texts(xml, "Key"), ["one", "a &lt; b"]);
        assert_eq!((text(xml, "Key").as_deref(), text(xml, "None")), (Some("one"), None));
    }
}
