# O que as mensagens dizem. Os nomes chegam aqui já encurtados e sem caracteres de controle; códigos e links não fazem
# parte de nenhum texto: o layout os coloca no lugar certo.

mail-greeting = Olá, { $name },
mail-greeting-plain = Olá,
mail-code-label = Seu código:
mail-password-label = Sua senha temporária:
mail-link-label = Ou abra este endereço:
mail-footer = Esta mensagem foi enviada automaticamente; as respostas a ela não são lidas.

sign-up-code-subject = Confirme o seu endereço de e-mail
sign-up-code-intro = Alguém, esperamos que você, está se cadastrando com este endereço de e-mail. Informe este código para confirmá-lo.
sign-up-code-action = Confirmar o endereço
sign-up-code-note =
    { $minutes ->
        [one] O código vale uma única vez e por { $minutes } minuto.
       *[other] O código vale uma única vez e por { $minutes } minutos.
    } Se não foi você, ignore esta mensagem: sem o código nada acontece.

sign-up-known-subject = Você já tem uma conta
sign-up-known-intro = Alguém, talvez você, tentou se cadastrar com este endereço de e-mail, que já tem uma conta. Entre como de costume; se esqueceu a senha, peça a redefinição.
sign-up-known-action = Entrar
sign-up-known-note = Se não foi você, não há nada a fazer: a sua conta não mudou.

verify-email-subject = Verifique o seu endereço de e-mail
verify-email-intro = Informe este código para mostrar que este endereço de e-mail é seu.
verify-email-action = Verificar o endereço
verify-email-note =
    { $minutes ->
        [one] O código vale uma única vez e por { $minutes } minuto.
       *[other] O código vale uma única vez e por { $minutes } minutos.
    } Se você não o pediu, ignore esta mensagem.

temporary-password-subject = { $inviter } adicionou você a { $organization }
temporary-password-intro = { $inviter } adicionou você a “{ $organization }”. Entre com este endereço de e-mail e a senha temporária abaixo. Em seguida será preciso escolher a sua própria senha.
temporary-password-action = Entrar
temporary-password-note =
    { $days ->
        [one] A senha temporária vale por { $days } dia.
       *[other] A senha temporária vale por { $days } dias.
    } Troque-a logo e não a passe a ninguém.

invitation-subject = { $inviter } convida você para { $organization }
invitation-intro-known = { $inviter } convida você a ser membro de “{ $organization }”. Você já tem uma conta com este endereço de e-mail: entre com ela para aceitar ou recusar.
invitation-intro-new = { $inviter } convida você a ser membro de “{ $organization }”. Para aceitar, escolha um nome e uma senha; você também pode recusar.
invitation-action = Ver o convite
invitation-note =
    { $days ->
        [one] O convite fica aberto por { $days } dia.
       *[other] O convite fica aberto por { $days } dias.
    } Abrir o endereço ainda não aceita nada. Se você não conhece quem enviou, ignore esta mensagem.

invitation-reminder-subject = Lembrete: { $inviter } convida você para { $organization }
invitation-reminder-intro-known = O convite para ser membro de “{ $organization }” espera a sua resposta; { $inviter } o enviou de novo. Você já tem uma conta com este endereço de e-mail: entre com ela para aceitar ou recusar.
invitation-reminder-intro-new = O convite para ser membro de “{ $organization }” espera a sua resposta; { $inviter } o enviou de novo. Para aceitar, escolha um nome e uma senha; você também pode recusar.
invitation-reminder-action = Ver o convite
invitation-reminder-note =
    { $days ->
        [one] O convite fica aberto por { $days } dia a partir de agora; os códigos das mensagens anteriores não valem mais.
       *[other] O convite fica aberto por { $days } dias a partir de agora; os códigos das mensagens anteriores não valem mais.
    } Abrir o endereço ainda não aceita nada. Se você não conhece quem enviou, ignore esta mensagem.

roles-changed-subject = As suas funções em { $organization } mudaram
roles-changed-intro = Um administrador alterou o que você pode fazer em “{ $organization }”. As suas funções agora são: { $roles }.
roles-changed-action = Entrar
roles-changed-note = O que foi retirado deixa de valer na hora; o que foi acrescentado pode aparecer só no seu próximo acesso. Se tiver dúvidas, pergunte a um administrador da organização.

member-suspended-subject = O seu acesso a { $organization } foi suspenso
member-suspended-intro = Um administrador suspendeu o seu acesso a “{ $organization }”. As suas sessões lá foram encerradas. A sua conta e o que você faz em outros lugares não mudaram.
member-suspended-action = Entrar na sua conta
member-suspended-note = O que você criou fica com a organização. Se achar que é um engano, fale com um administrador de lá.

member-reactivated-subject = Você tem acesso a { $organization } de novo
member-reactivated-intro = Um administrador devolveu o seu acesso a “{ $organization }”, com as funções que você tinha.
member-reactivated-action = Entrar
member-reactivated-note = Entre de novo para continuar. Se não esperava por isso, pergunte a um administrador da organização.

member-revoked-subject = O seu acesso a { $organization } foi revogado
member-revoked-intro = Um administrador revogou o seu acesso a “{ $organization }”. As suas sessões lá foram encerradas. A sua conta e o que você faz em outros lugares não mudaram.
member-revoked-action = Entrar na sua conta
member-revoked-note = Você pode voltar quando a organização o convidar de novo. Se achar que é um engano, fale com um administrador de lá.

member-removed-subject = Você não é mais membro de { $organization }
member-removed-intro = Um administrador removeu você de “{ $organization }”. As suas sessões lá foram encerradas. A sua conta e o que você faz em outros lugares não mudaram.
member-removed-action = Entrar na sua conta
member-removed-note = O que você criou fica com a organização. Se achar que é um engano, fale com um administrador de lá.

password-reset-subject = Redefina a sua senha
password-reset-intro = Alguém, esperamos que você, pediu a redefinição da senha da conta com este endereço de e-mail. Informe este código para escolher uma nova.
password-reset-action = Escolher uma nova senha
password-reset-note =
    { $minutes ->
        [one] O código vale uma única vez e por { $minutes } minuto.
       *[other] O código vale uma única vez e por { $minutes } minutos.
    } Se não foi você, ignore esta mensagem: a sua senha não mudou. Nunca diga o código a ninguém.

password-changed-subject = A sua senha foi alterada
password-changed-intro = A senha da sua conta foi alterada e todas as outras sessões foram encerradas.
password-changed-action = Redefinir a senha
password-changed-note = Se foi você, não há nada a fazer. Se não foi, redefina a sua senha agora e avise um administrador da sua organização.

ownership-asked-subject = { $owner } quer passar { $organization } para você
ownership-asked-intro = { $owner }, proprietário de “{ $organization }”, pede que você assuma a organização. Entre para aceitar ou recusar. Se aceitar, você se torna proprietário, e { $owner } continua como membro.
ownership-asked-action = Responder
ownership-asked-note =
    { $days ->
        [one] A oferta vale por { $days } dia.
       *[other] A oferta vale por { $days } dias.
    } Enquanto você não aceitar, nada muda.

ownership-received-subject = { $organization } agora é sua
ownership-received-intro = { $owner } passou “{ $organization }” para você. Como proprietário, você tem todos os direitos nela; só proprietários podem excluí-la ou passá-la adiante.
ownership-received-action = Ver a organização
ownership-received-note = Se você não esperava isto, pergunte a { $owner }.

ownership-given-subject = Você passou { $organization } adiante
ownership-given-intro = “{ $organization }” agora pertence a { $owner }. Você continua membro, mas não é mais proprietário.
ownership-given-action = Ver a organização
ownership-given-note = Se não foi você, redefina a sua senha agora e peça ao novo proprietário que devolva a organização.

organization-deleted-subject = { $organization } foi excluída
organization-deleted-intro = A sua organização “{ $organization }” foi excluída. Ninguém mais consegue entrar, e todas as sessões dela foram encerradas.
organization-deleted-action = Restaurar a organização
organization-deleted-note =
    { $days ->
        [one] Você pode restaurá-la por { $days } dia,
       *[other] Você pode restaurá-la por { $days } dias,
    } pelo nome curto { $slug }. Depois disso ela desaparece para sempre.
