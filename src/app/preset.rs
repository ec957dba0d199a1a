//! Whether the preset fits what is in the database. Roles of presets are in no table, and their ids are made from their
//! names: under another preset the same row may mean another role, or none, and somebody else may own.

use super::App;
use crate::domain::RoleId;
use crate::error::Error;
use crate::seal;
use crate::store::preset::Adopted;

impl App {
    /// Adopts the preset for the database, or says why the two don't fit. Where it was adopted before, that is one look at
    /// one row. Else every organisation must have owners by it, and no more than it allows, and nobody a role that it
    /// lacks; and the role that owns is never another than before, whatever the rows look like.
    pub async fn adopt_preset(&self) -> Result<Result<(), String>, Error> {
        let (preset, rows) = (&self.preset, self.store.reads());
        let owner = preset.owner_role();
        let mut known: Vec<RoleId> = preset.roles.iter().map(|role| role.id).collect();
        known.sort_unstable();
        let mut rests_on = [owner.id.uuid().into_bytes().as_slice(), &preset.owners.to_be_bytes()].concat();
        rests_on.extend(known.iter().flat_map(|role| role.uuid().into_bytes()));
        let next = Adopted {
            name: preset.name.clone(),
            owner: owner.id,
            fingerprint: seal::sha256(&rests_on),
        };
        let last = rows.presets().adopted().await?;
        if last.as_ref().is_some_and(|last| last.fingerprint == next.fingerprint) {
            return Ok(Ok(()));
        }
        if rows.presets().is_lived_under().await? {
            let owns = format!("the role {:?}, which owns", owner.name);
            if let Some(last) = last.filter(|last| last.owner != next.owner) {
                let last = last.name;
                return Ok(Err(format!(
                    "its organisations were made with {last}, and not with {owns}"
                )));
            }
            let most = preset.owners;
            if let Some(organization) = rows.presets().misowned(owner.id, most).await? {
                return Ok(Err(format!(
                    "in the organisation {organization} nobody active holds {owns}, or more than {most} do"
                )));
            }
            if let Some(role) = rows.presets().unknown_role(&known).await? {
                return Ok(Err(format!("members or groups hold {role}, a role that it lacks")));
            }
        }
        self.store.adopt_preset(&next).await.map(Ok)
    }
}
