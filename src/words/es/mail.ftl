# Lo que dicen los correos. Los nombres llegan aquí ya acortados y sin caracteres de control; los códigos y enlaces no
# forman parte de ningún texto: el diseño los pone en su lugar.

mail-greeting = Hola, { $name }:
mail-greeting-plain = Hola:
mail-code-label = Su código:
mail-password-label = Su contraseña temporal:
mail-link-label = O abra esta dirección:
mail-footer = Este mensaje se envió automáticamente; las respuestas no se leen.

sign-up-code-subject = Confirme su dirección de correo
sign-up-code-intro = Alguien, esperamos que usted, se está registrando con esta dirección de correo. Introduzca este código para confirmarla.
sign-up-code-action = Confirmar la dirección
sign-up-code-note =
    { $minutes ->
        [one] El código sirve una sola vez y durante un minuto.
       *[other] El código sirve una sola vez y durante { $minutes } minutos.
    } Si no fue usted, ignore este correo: sin el código no ocurre nada.

sign-up-known-subject = Usted ya tiene una cuenta
sign-up-known-intro = Alguien, quizá usted, intentó registrarse con esta dirección de correo, que ya tiene una cuenta. Inicie sesión como siempre; si ha olvidado la contraseña, pida restablecerla.
sign-up-known-action = Iniciar sesión
sign-up-known-note = Si no fue usted, no hay nada que hacer: su cuenta no ha cambiado.

verify-email-subject = Verifique su dirección de correo
verify-email-intro = Introduzca este código para demostrar que esta dirección de correo es suya.
verify-email-action = Verificar la dirección
verify-email-note =
    { $minutes ->
        [one] El código sirve una sola vez y durante un minuto.
       *[other] El código sirve una sola vez y durante { $minutes } minutos.
    } Si no lo ha pedido, ignore este correo.

temporary-password-subject = { $inviter } le ha añadido a { $organization }
temporary-password-intro = { $inviter } le ha añadido a «{ $organization }». Inicie sesión con esta dirección de correo y la contraseña temporal de abajo. Enseguida se le pedirá que elija su propia contraseña.
temporary-password-action = Iniciar sesión
temporary-password-note =
    { $days ->
        [one] La contraseña temporal sirve durante un día.
       *[other] La contraseña temporal sirve durante { $days } días.
    } Cámbiela pronto y no la comparta con nadie.

invitation-subject = { $inviter } le invita a { $organization }
invitation-intro-known = { $inviter } le invita a ser miembro de «{ $organization }». Usted ya tiene una cuenta con esta dirección de correo: inicie sesión con ella para aceptar o rechazar.
invitation-intro-new = { $inviter } le invita a ser miembro de «{ $organization }». Para aceptar, elija un nombre y una contraseña; también puede rechazar.
invitation-action = Ver la invitación
invitation-note =
    { $days ->
        [one] La invitación está abierta durante un día.
       *[other] La invitación está abierta durante { $days } días.
    } Abrir la dirección todavía no acepta nada. Si no conoce al remitente, ignore este correo.

invitation-reminder-subject = Recordatorio: { $inviter } le invita a { $organization }
invitation-reminder-intro-known = La invitación para ser miembro de «{ $organization }» espera su respuesta; { $inviter } la ha enviado otra vez. Usted ya tiene una cuenta con esta dirección de correo: inicie sesión con ella para aceptar o rechazar.
invitation-reminder-intro-new = La invitación para ser miembro de «{ $organization }» espera su respuesta; { $inviter } la ha enviado otra vez. Para aceptar, elija un nombre y una contraseña; también puede rechazar.
invitation-reminder-action = Ver la invitación
invitation-reminder-note =
    { $days ->
        [one] La invitación está abierta durante un día desde ahora; los códigos de correos anteriores ya no sirven.
       *[other] La invitación está abierta durante { $days } días desde ahora; los códigos de correos anteriores ya no sirven.
    } Abrir la dirección todavía no acepta nada. Si no conoce al remitente, ignore este correo.

roles-changed-subject = Sus roles en { $organization } han cambiado
roles-changed-intro = Un administrador ha cambiado lo que usted puede hacer en «{ $organization }». Sus roles ahora son: { $roles }.
roles-changed-action = Iniciar sesión
roles-changed-note = Lo que se quitó deja de valer al instante; lo que se añadió puede no verse hasta que vuelva a iniciar sesión. Si tiene preguntas, consulte a un administrador de la organización.

member-suspended-subject = Su acceso a { $organization } está suspendido
member-suspended-intro = Un administrador ha suspendido su acceso a «{ $organization }». Sus sesiones allí se han cerrado. Su cuenta y lo que hace en otros lugares no han cambiado.
member-suspended-action = Iniciar sesión en su cuenta
member-suspended-note = Lo que usted creó se queda en la organización. Si cree que es un error, hable con un administrador de allí.

member-reactivated-subject = Vuelve a tener acceso a { $organization }
member-reactivated-intro = Un administrador le ha devuelto el acceso a «{ $organization }», con los roles que tenía.
member-reactivated-action = Iniciar sesión
member-reactivated-note = Inicie sesión de nuevo para continuar. Si no lo esperaba, consulte a un administrador de la organización.

member-revoked-subject = Su acceso a { $organization } ha sido revocado
member-revoked-intro = Un administrador ha revocado su acceso a «{ $organization }». Sus sesiones allí se han cerrado. Su cuenta y lo que hace en otros lugares no han cambiado.
member-revoked-action = Iniciar sesión en su cuenta
member-revoked-note = Podrá volver cuando la organización le invite de nuevo. Si cree que es un error, hable con un administrador de allí.

member-removed-subject = Ya no es miembro de { $organization }
member-removed-intro = Un administrador le ha quitado de «{ $organization }». Sus sesiones allí se han cerrado. Su cuenta y lo que hace en otros lugares no han cambiado.
member-removed-action = Iniciar sesión en su cuenta
member-removed-note = Lo que usted creó se queda en la organización. Si cree que es un error, hable con un administrador de allí.

password-reset-subject = Restablezca su contraseña
password-reset-intro = Alguien, esperamos que usted, pidió restablecer la contraseña de la cuenta con esta dirección de correo. Introduzca este código para elegir una nueva.
password-reset-action = Elegir una nueva contraseña
password-reset-note =
    { $minutes ->
        [one] El código sirve una sola vez y durante un minuto.
       *[other] El código sirve una sola vez y durante { $minutes } minutos.
    } Si no fue usted, ignore este correo: su contraseña no ha cambiado. No diga nunca el código a nadie.

password-changed-subject = Su contraseña ha cambiado
password-changed-intro = La contraseña de su cuenta ha cambiado y todas las demás sesiones se han cerrado.
password-changed-action = Restablecer la contraseña
password-changed-note = Si fue usted, no hay nada que hacer. Si no, restablezca su contraseña ahora y avise a un administrador de su organización.

ownership-asked-subject = { $owner } quiere traspasarle { $organization }
ownership-asked-intro = { $owner }, propietario de «{ $organization }», le pide que asuma la organización. Inicie sesión para aceptar o rechazar. Si acepta, usted pasa a ser propietario, y { $owner } sigue como miembro.
ownership-asked-action = Responder
ownership-asked-note =
    { $days ->
        [one] La oferta vale { $days } día.
       *[other] La oferta vale { $days } días.
    } Mientras no acepte, no cambia nada.

ownership-received-subject = { $organization } ahora es suya
ownership-received-intro = { $owner } le ha traspasado «{ $organization }». Como propietario tiene todos los derechos en ella; solo los propietarios pueden eliminarla o traspasarla.
ownership-received-action = Ver la organización
ownership-received-note = Si no lo esperaba, pregunte a { $owner }.

ownership-given-subject = Ha traspasado { $organization }
ownership-given-intro = «{ $organization }» pertenece ahora a { $owner }. Usted sigue siendo miembro, pero ya no es propietario.
ownership-given-action = Ver la organización
ownership-given-note = Si no ha sido usted, restablezca su contraseña ahora y pida al nuevo propietario que le devuelva la organización.

organization-deleted-subject = { $organization } ha sido eliminada
organization-deleted-intro = Su organización «{ $organization }» ha sido eliminada. Ya nadie puede entrar, y todas sus sesiones han terminado.
organization-deleted-action = Restaurar la organización
organization-deleted-note =
    { $days ->
        [one] Puede restaurarla durante { $days } día
       *[other] Puede restaurarla durante { $days } días
    } con su nombre corto { $slug }. Después desaparece para siempre.
