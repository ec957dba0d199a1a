# What the mails say. Names come from people and are shortened and stripped of control characters before they get here;
# codes and links are not part of any text: the layout puts them where they belong.

mail-greeting = Hello { $name },
mail-greeting-plain = Hello,
mail-code-label = Your code:
mail-password-label = Your temporary password:
mail-link-label = Or open this address:
mail-footer = This message was sent automatically; answers to it are not read.

sign-up-code-subject = Confirm your e-mail address
sign-up-code-intro = Somebody, hopefully you, is signing up with this e-mail address. Enter this code to confirm it.
sign-up-code-action = Confirm the address
sign-up-code-note =
    { $minutes ->
        [one] The code works once and for one minute.
       *[other] The code works once and for { $minutes } minutes.
    } If it wasn’t you, ignore this mail: without the code nothing happens.

sign-up-known-subject = You already have an account
sign-up-known-intro = Somebody, perhaps you, tried to sign up with this e-mail address, which already has an account. Log in as usual; if you have forgotten the password, ask for a reset.
sign-up-known-action = Log in
sign-up-known-note = If it wasn’t you, there is nothing to do: your account is unchanged.

verify-email-subject = Verify your e-mail address
verify-email-intro = Enter this code to show that this e-mail address is yours.
verify-email-action = Verify the address
verify-email-note =
    { $minutes ->
        [one] The code works once and for one minute.
       *[other] The code works once and for { $minutes } minutes.
    } If you didn’t ask for it, ignore this mail.

temporary-password-subject = { $inviter } added you to { $organization }
temporary-password-intro = { $inviter } added you to “{ $organization }”. Log in with this e-mail address and the temporary password below. You will be asked to choose your own password at once.
temporary-password-action = Log in
temporary-password-note =
    { $days ->
        [one] The temporary password works for one day.
       *[other] The temporary password works for { $days } days.
    } Please change it soon, and don’t pass it on.

invitation-subject = { $inviter } invites you to { $organization }
invitation-intro-known = { $inviter } invites you to become a member of “{ $organization }”. You already have an account with this e-mail address: log in with it to accept or decline.
invitation-intro-new = { $inviter } invites you to become a member of “{ $organization }”. To accept, choose a name and a password; you can also decline.
invitation-action = See the invitation
invitation-note =
    { $days ->
        [one] The invitation is open for one day.
       *[other] The invitation is open for { $days } days.
    } Opening the address accepts nothing yet. If you don’t know the sender, ignore this mail.

invitation-reminder-subject = Reminder: { $inviter } invites you to { $organization }
invitation-reminder-intro-known = The invitation to become a member of “{ $organization }” is waiting for your answer; { $inviter } sent it again. You already have an account with this e-mail address: log in with it to accept or decline.
invitation-reminder-intro-new = The invitation to become a member of “{ $organization }” is waiting for your answer; { $inviter } sent it again. To accept, choose a name and a password; you can also decline.
invitation-reminder-action = See the invitation
invitation-reminder-note =
    { $days ->
        [one] The invitation is open for one day from now; codes from earlier mails no longer work.
       *[other] The invitation is open for { $days } days from now; codes from earlier mails no longer work.
    } Opening the address accepts nothing yet. If you don’t know the sender, ignore this mail.

roles-changed-subject = Your roles in { $organization } have changed
roles-changed-intro = An administrator changed what you may do in “{ $organization }”. Your roles are now: { $roles }.
roles-changed-action = Log in
roles-changed-note = What was taken away is gone at once; what was added may take until you next log in to show. If you have questions, ask an administrator of the organization.

member-suspended-subject = Your access to { $organization } is suspended
member-suspended-intro = An administrator suspended your access to “{ $organization }”. You have been logged out there. Your account and what you do elsewhere are unchanged.
member-suspended-action = Log in to your account
member-suspended-note = What you made stays with the organization. If you think this is a mistake, ask an administrator there.

member-reactivated-subject = You have access to { $organization } again
member-reactivated-intro = An administrator gave you back your access to “{ $organization }”, with the roles that you had.
member-reactivated-action = Log in
member-reactivated-note = Log in again to go on. If you didn’t expect this, ask an administrator of the organization.

member-revoked-subject = Your access to { $organization } was withdrawn
member-revoked-intro = An administrator withdrew your access to “{ $organization }”. You have been logged out there. Your account and what you do elsewhere are unchanged.
member-revoked-action = Log in to your account
member-revoked-note = You can come back when the organization invites you again. If you think this is a mistake, ask an administrator there.

member-removed-subject = You are no longer a member of { $organization }
member-removed-intro = An administrator removed you from “{ $organization }”. You have been logged out there. Your account and what you do elsewhere are unchanged.
member-removed-action = Log in to your account
member-removed-note = What you made stays with the organization. If you think this is a mistake, ask an administrator there.

password-reset-subject = Reset your password
password-reset-intro = Somebody, hopefully you, asked to reset the password of the account with this e-mail address. Enter this code to choose a new one.
password-reset-action = Choose a new password
password-reset-note =
    { $minutes ->
        [one] The code works once and for one minute.
       *[other] The code works once and for { $minutes } minutes.
    } If it wasn’t you, ignore this mail: your password is unchanged. Never tell the code to anybody.

password-changed-subject = Your password was changed
password-changed-intro = The password of your account was changed, and every other session was logged out.
password-changed-action = Reset the password
password-changed-note = If it was you, there is nothing to do. If it wasn’t, reset your password now and tell an administrator of your organization.

ownership-asked-subject = { $owner } wants to hand { $organization } over to you
ownership-asked-intro = { $owner }, an owner of “{ $organization }”, asks you to take the organization over. Log in to accept or decline. If you accept, you become an owner, and { $owner } stays as a member.
ownership-asked-action = Answer
ownership-asked-note =
    { $days ->
        [one] The offer stands for one day.
       *[other] The offer stands for { $days } days.
    } Until you accept, nothing changes.

ownership-received-subject = You now own { $organization }
ownership-received-intro = { $owner } has handed “{ $organization }” over to you. As an owner you hold every right there; only owners may delete it or hand it on.
ownership-received-action = See the organization
ownership-received-note = If you didn’t expect this, ask { $owner }.

ownership-given-subject = You have handed { $organization } over
ownership-given-intro = “{ $organization }” now belongs to { $owner }. You are still a member, no longer an owner.
ownership-given-action = See the organization
ownership-given-note = If it wasn’t you, reset your password now and ask the new owner to hand the organization back.

organization-deleted-subject = { $organization } was deleted
organization-deleted-intro = Your organization “{ $organization }” was deleted. Nobody can get in any more, and all its sessions have ended.
organization-deleted-action = Restore the organization
organization-deleted-note =
    { $days ->
        [one] You can restore it for one day,
       *[other] You can restore it for { $days } days,
    } under its short name { $slug }. After that it is gone for good.
