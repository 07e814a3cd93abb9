//! What EasyPost and its carriers do not take of an address, and what its verification is told to say.

use crate::support::{Post, shipment};
use serde_json::{Value, json};
use sim::easypost::EasyPostConfig;

/// The answer to buying the first rate of `carrier` for a recipient with these changes.
async fn bought(post: &Post, carrier: &str, changes: &Value) -> (u16, Value) {
    let mut body = shipment("order-1");
    for (field, value) in changes.as_object().unwrap() {
        body["shipment"]["to_address"][field] = value.clone();
    }
    let mut created = post.shipment(&body).await;
    let rates = created["rates"].as_array().unwrap();
    let rates: Vec<Value> = rates.iter().filter(|rate| rate["carrier"] == carrier).cloned().collect();
    created["rates"] = rates.into();
    post.buy(&created).await
}

#[tokio::test]
async fn carriers_refuse_wrong_phones_and_long_lines() {
    let post = Post::start(EasyPostConfig::default()).await;
    let good = json!({"phone": "5035550142"});
    for carrier in ["USPS", "UPSDAP"] {
        assert_eq!(bought(&post, carrier, &good).await.0, 200, "{carrier}");
    }
    assert_eq!(bought(&post, "USPS", &json!({"phone": ""})).await.0, 200);
    for phone in ["", "911", "15035550142", "(503) 555-0142"] {
        let (status, answer) = bought(&post, "UPSDAP", &json!({ "phone": phone })).await;
        assert_eq!(
            (status, answer["error"]["code"].as_str()),
            (422, Some("SHIPMENT.POSTAGE.FAILURE")),
            "{phone}"
        );
        assert!(answer["error"]["message"].as_str().unwrap().starts_with("PhoneNumber"), "{answer}");
    }
    for (carrier, max) in [("USPS", 50), ("UPSDAP", 35)] {
        for (length, expect) in [(max, 200), (max + 1, 422)] {
            let street = format!("1 {}", "x".repeat(length - 2));
            let changes = json!({"phone": "5035550142", "street1": street, "street2": ""});
            assert_eq!(bought(&post, carrier, &changes).await.0, expect, "{carrier} {length}");
        }
    }
}

#[tokio::test]
async fn an_address_with_a_picture_is_refused_for_quotes_and_for_verification() {
    let post = Post::start(EasyPostConfig::default()).await;
    for name in
        ["Emma 💸", "Emma ♥", "Emma\u{200B}", "Emma\u{FE0F}", "Emma\u{FFFD}", "Em\u{7}ma", "Emma\u{E000}"]
    {
        let mut body = shipment("order-1");
        body["shipment"]["to_address"]["name"] = name.into();
        for (path, body) in [
            ("/v2/shipments", body.clone()),
            ("/v2/addresses", json!({"address": body["shipment"]["to_address"], "verify": true})),
        ] {
            let (status, answer) = post.send("POST", path, &body).await;
            let code = answer["error"]["code"].as_str();
            assert_eq!((status, code), (422, Some("ADDRESS.PARAMETERS.INVALID_CHARACTER")), "{name} {path}");
        }
    }
}

#[tokio::test]
async fn the_verification_says_what_a_test_tells_it_to() {
    let post = Post::start(EasyPostConfig::default()).await;
    post.easypost.verifier_says("Freshly Paved", false, &["E.ADDRESS.NOT_FOUND"]);
    let mut address = shipment("order-1")["shipment"]["to_address"].clone();
    let verified = async |address: &Value| {
        let (_, answer) =
            post.send("POST", "/v2/addresses", &json!({"address": address, "verify": true})).await;
        answer["verifications"]["delivery"].clone()
    };
    assert_eq!(verified(&address).await["success"], true);
    address["street1"] = "18 Freshly Paved Way".into();
    let said = verified(&address).await;
    assert_eq!(
        (&said["success"], &said["errors"][0]["code"]),
        (&json!(false), &json!("E.ADDRESS.NOT_FOUND"))
    );
    assert_eq!(post.easypost.verifier_said(), 1);
}
