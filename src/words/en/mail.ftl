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
