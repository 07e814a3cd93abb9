//! What a customs form says, and when none can be made.

use domain::SkuId;
use domain::customs::{Customs, CustomsFormError, FormNeed, NonDelivery, customs_form};
use domain::measure::Weight;
use domain::order::LineItem;
use domain::parcel::{CatalogueItem, CatalogueSource};
use domain::rates::{Carrier, Ineligible, Verdict, choose};
use domain::settings::AllSettings;
use domain::{Currency, Money};
use serde_json::{Value, json};

use crate::filter::{Case, ground, no_rules, quotes};
use crate::support::{at, item, quote};

fn unit(sku: &str, name: &str, price: Option<Money>) -> LineItem {
    LineItem { sku: SkuId::new(sku), seller_sku: sku.into(), name: name.into(), price, ..item("unit") }
}

fn mug() -> LineItem {
    unit("MUG-1", "Stoneware mug", Some(Money::usd(1_800)))
}

fn weighing(sku: &str, ounces: u32) -> CatalogueItem {
    CatalogueItem {
        sku: SkuId::new(sku),
        weight: Some(Weight::ounces(ounces)),
        dimensions: None,
        source: CatalogueSource::Import,
        read_at: at(0),
    }
}

fn settings(customs: Value) -> AllSettings {
    AllSettings::read(&json!({"default": {"customs": customs}}).to_string()).unwrap()
}

fn declared() -> Customs {
    let customs = json!({
        "signer": "Ann Example", "origin_country": "CN", "hs_code": "6912.00",
        "products": {"LAMP": {"description": "Desk lamp, electric", "origin_country": "US", "hs_code": "940520"}}
    });
    settings(customs).default.customs.unwrap()
}

#[test]
fn it_has_a_line_for_each_sku() {
    let lamp = unit("LAMP", "台灯", Some(Money::usd(4_200)));
    let catalogue = [weighing("MUG-1", 12), weighing("LAMP", 40)];
    let form = customs_form(&[mug(), lamp, mug()], &catalogue, Some(&declared())).unwrap();
    assert_eq!((form.signer.expose().as_str(), form.non_delivery), ("Ann Example", NonDelivery::Return));
    let lines: Vec<_> = form
        .items
        .iter()
        .map(|line| {
            let what = (line.description.as_str(), line.quantity, line.value, line.weight);
            (what, line.origin_country.as_str(), line.hs_code.as_deref())
        })
        .collect();
    assert_eq!(
        lines,
        [
            (("Stoneware mug", 2, Money::usd(3_600), Weight::ounces(24)), "CN", Some("6912.00")),
            (("Desk lamp, electric", 1, Money::usd(4_200), Weight::ounces(40)), "US", Some("940520")),
        ]
    );
}

#[test]
fn a_title_is_cut_to_what_can_be_printed() {
    let described = |name: &str| {
        let item = unit("MUG-1", name, Some(Money::usd(100)));
        customs_form(&[item], &[weighing("MUG-1", 1)], Some(&declared()))
            .map(|f| f.items[0].description.clone())
    };
    assert_eq!(described("【NEW】 Café mug ☕ — 12 oz").unwrap(), "NEW Cafe mug 12 oz");
    assert_eq!(described("Crème brûlée torch").unwrap(), "Creme brulee torch");
    let long = "Insulated stainless steel water bottle with straw lid, 40 oz, lavender";
    assert_eq!(described(long).unwrap(), "Insulated stainless steel water");
    assert_eq!(described(&"x".repeat(80)).unwrap().len(), 35);
    for nothing in ["陶瓷杯", "", "12 !", "🎁"] {
        assert_eq!(
            described(nothing),
            Err(CustomsFormError::NoDescription { sku: "SKU MUG-1".into() }),
            "{nothing}"
        );
    }
}

#[test]
fn what_is_missing_is_said() {
    let catalogue = [weighing("MUG-1", 12)];
    let flaw = |item: LineItem| customs_form(&[item], &catalogue, Some(&declared())).unwrap_err();
    let sku = || "SKU MUG-1".to_owned();
    assert_eq!(customs_form(&[mug()], &catalogue, None), Err(CustomsFormError::NotDeclared));
    assert_eq!(flaw(LineItem { price: None, ..mug() }), CustomsFormError::NoPrice { sku: sku() });
    assert_eq!(
        flaw(LineItem { price: Some(Money::usd(0)), ..mug() }),
        CustomsFormError::NoPrice { sku: sku() }
    );
    let pounds = Money { minor: 100, currency: Currency::parse("GBP").unwrap() };
    assert_eq!(
        flaw(LineItem { price: Some(pounds), ..mug() }),
        CustomsFormError::OtherCurrency { sku: sku() }
    );
    let unweighed = unit("VASE", "Vase", Some(Money::usd(1)));
    assert_eq!(flaw(unweighed), CustomsFormError::NoWeight { sku: "SKU VASE".into() });
}

#[test]
fn from_2500_dollars_on_a_filing_is_needed() {
    let worth = |cents: i64| {
        let item = LineItem { price: Some(Money::usd(cents)), ..mug() };
        customs_form(&[item.clone(), item], &[weighing("MUG-1", 12)], Some(&declared()))
    };
    assert!(worth(124_999).is_ok());
    assert_eq!(worth(125_000), Err(CustomsFormError::TooValuable(Money::usd(250_000))));
}

#[test]
fn a_carrier_that_wants_a_form_is_refused_without_one() {
    let verdicts = |form_wanted: FormNeed| {
        let case = Case { form_wanted, ..Case::default() };
        let offers = vec![ground(), quote("post", Carrier::Usps, "GroundAdvantage", 1_900, Some(3))];
        match choose(quotes(offers), &case.request(), &no_rules()) {
            Ok(decision) => decision.candidates,
            Err(unrated) => unrated.candidates,
        }
        .into_iter()
        .map(|candidate| candidate.verdict)
        .collect::<Vec<_>>()
    };
    let refused = Verdict::Ineligible(Ineligible::CustomsFormNeeded);
    assert_eq!(verdicts(FormNeed::None), [Verdict::Chosen, Verdict::Eligible]);
    assert_eq!(verdicts(FormNeed::ExceptUsps), [refused.clone(), Verdict::Chosen]);
    assert_eq!(verdicts(FormNeed::Always), [refused.clone(), refused]);
}

#[test]
fn settings_that_can_t_be_printed_on_a_form_are_refused() {
    let refused = |customs: Value, expect: &str| {
        let json = json!({"shops": {"7495": {"customs": customs}}}).to_string();
        let error = AllSettings::read(&json).unwrap_err().to_string();
        assert!(error.starts_with(&format!("shops.7495.customs.{expect} is not ")), "{error}");
    };
    let with = |changes: Value| {
        let mut customs = json!({"signer": "Ann Example", "origin_country": "CN"});
        for (key, value) in changes.as_object().unwrap() {
            customs[key] = value.clone();
        }
        customs
    };
    refused(with(json!({"signer": " "})), "signer");
    refused(with(json!({"signer": "A\nB"})), "signer");
    refused(with(json!({"origin_country": "China"})), "origin_country");
    refused(with(json!({"origin_country": "cn"})), "origin_country");
    refused(with(json!({"hs_code": "69"})), "hs_code");
    refused(with(json!({"hs_code": "mugs"})), "hs_code");
    refused(with(json!({"products": {"M": {"description": "陶瓷杯"}}})), "products.M.description");
    refused(with(json!({"products": {"M": {"description": "x".repeat(36)}}})), "products.M.description");
    refused(with(json!({"products": {"M": {"origin_country": "?"}}})), "products.M.origin_country");
    let form = json!({"default": {"customs": {"signer": "Ann"}}}).to_string();
    let unreadable = AllSettings::read(&form).unwrap_err().to_string();
    assert!(unreadable.starts_with("invalid settings"), "{unreadable}");
    let good = settings(with(json!({"non_delivery": "abandon"})));
    let stored = serde_json::to_string(&good).unwrap();
    assert_eq!(AllSettings::read(&stored).unwrap(), good);
    assert!(!format!("{good:?}").contains("Ann"), "a name is not for logs");
}
