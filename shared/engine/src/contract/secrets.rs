//! Secrets.

use domain::Private;

use super::Harness;
use crate::Replaced;

/// A secret is replaced only on the version that the replacement names; the first is 1.
pub async fn a_secret_is_replaced_by_version(harness: &impl Harness) {
    let engine = harness.engine().await;
    let name = "tokens/account-1";
    assert!(engine.secrets.read(name).await.unwrap().is_none());
    let replace = async |value: &str, expected| {
        engine.secrets.replace(name, Private::from(value), expected).await.unwrap()
    };
    assert_eq!(replace("early", 1).await, Replaced::LostRace, "there is nothing to replace");
    assert_eq!(replace("one", 0).await, Replaced::Stored(1));
    assert_eq!(replace("again", 0).await, Replaced::LostRace);
    let Replaced::Stored(second) = replace("two", 1).await else { panic!("lost without a race") };
    assert!(second > 1);
    assert_eq!(replace("late", 1).await, Replaced::LostRace);

    let engine = harness.reopen(engine).await;
    let secret = engine.secrets.read(name).await.unwrap().unwrap();
    assert_eq!((secret.value.expose().as_str(), secret.version), ("two", second));
    assert!(engine.secrets.read("tokens/account-2").await.unwrap().is_none());
}
