# O que um erro diz. Os ids são os motivos do contrato em kebab-case: um id nunca muda, o texto pode mudar.

credential-invalid = A credencial está ausente, incorreta ou expirada. Entre novamente ou envie um token de acesso válido.
permission-missing =
    Isto exige a permissão { $permission }. { $roles ->
        [none_at_all] Nenhuma função daqui a tem: peça ao proprietário ou a um administrador uma função que a tenha.
       *[other] Peça ao proprietário ou a um administrador uma destas funções: { $roles }.
    }
rights-exceed-yours = Você não pode conceder nem retirar direitos que não possui: { $permissions }. Deixe-os como estão ou peça a alguém que os possua.
target-outranks-you = Este membro possui direitos que você não tem: { $permissions }. Peça a alguém que também os possua, como o proprietário.
no-organization = A credencial não fala por nenhuma organização. Escolha uma com SwitchOrganization ou informe-a ao entrar.
fresh-login-required = Isto exige um login recente. Entre de novo e repita a solicitação com o novo token de acesso.
invitation-for-another-address = Este convite foi enviado para outro endereço de e-mail. Entre com o endereço convidado ou peça um novo convite para o seu.
not-found = Não há { kind-word } { $id } que você possa ver. Confira o id e a organização em que você está trabalhando.
input-invalid = Parte dos dados enviados não é válida: { $fields }. Corrija estes campos e envie a solicitação novamente.
already-member = { $email } já está na lista de membros desta organização. Altere o registro existente em vez de adicionar outro.
slug-taken = O nome curto { $slug } pertence a outra organização. Escolha um diferente.
name-taken = Já existe { kind-word } { $name }, ou um nome tão parecido que seria confundido. Escolha um nome diferente.
email-taken = O endereço { $email } pertence a outra conta. Use outro endereço ou entre nessa conta.
request-id-reused = O request_id { $request_id } já foi usado em outra solicitação. Envie um novo a cada nova solicitação e repita-o apenas para reenviar a mesma solicitação sem mudanças.
etag-mismatch = Alguém alterou isto depois da sua leitura. Leia de novo, confira a sua alteração e envie-a com o novo etag.
contention = Outras solicitações estavam alterando a mesma coisa e esta cedeu a vez: nada foi alterado. Envie-a novamente com o mesmo request_id.
state-forbids = “{ event-word }” não é possível enquanto o estado é “{ state-word }”. GetMemberActions diz o que é.
owner-protected =
    { $owner ->
        [already] Este membro já é proprietário da organização. Escolha alguém que não seja.
       *[other] O último proprietário não pode ser removido, suspenso, revogado nem rebaixado, e não pode sair. Transfira antes a propriedade a outra pessoa.
    }
api-user-protected = Este membro é o usuário da API da organização e não pode ser removido, suspenso ou revogado, nem sair. Escolha antes outro usuário da API.
role-in-use =
    { $use ->
        [default_role] A função { $role } é a que os novos membros recebem, a função padrão, e não pode ser excluída. Escolha antes outra função padrão com UpdateOrganization.
       *[other] A função { $role } está em uso e não pode ser excluída. { $holders ->
            [none_at_all] Nenhum membro a tem,
           *[other] Tire-a antes de quem a tem ({ $holders }),
        } { $groups ->
            [none_at_all] e nenhum grupo a traz.
           *[other] e tire-a dos grupos ({ $groups }).
        }
    }
system-role = A função { $role } pertence ao modelo e não pode ser alterada. Crie uma função própria.
module-taken = O módulo { $module } pertence a { $owner } e não pode ser declarado de novo. Escolha outro nome para ele.
owner-role-moves-by-transfer = A função de proprietário não pode ser dada ou retirada como as outras. Use TransferOwnership.
owner-only = Só o proprietário da organização pode fazer isto. Fale com ele.
not-an-administrator = A propriedade passa a um administrador, e este membro não gerencia membros. Dê a ele antes uma função que gerencie, por exemplo admin.
transfer-ended = Esta transferência da propriedade não pode mais ser aceita; o estado dela é “{ state-word }”. Peça outra ao proprietário.
organization-not-deleted = A organização não está excluída: não há nada a restaurar.
second-factors-unavailable = Ainda não existem segundos fatores, portanto nenhum pode ser exigido. Deixe mfa_required de fora.
acting-on-yourself = Você não pode fazer isto consigo mesmo. Peça a outro administrador ou use LeaveOrganization para sair.
seats-exhausted = Todos os assentos estão em uso: { $used } de { $limit }. Um administrador pode liberar um removendo ou revogando alguém ou cancelando um convite, ou podem ser comprados mais assentos.
limit-reached = Já há tantos quantos pode haver aqui ({ kind-word }: { $limit }). Retire um antes.
too-many-attempts = Houve tentativas demais. Aguarde { wait-words } e tente novamente.
too-busy = O servidor está ocupado demais no momento. Aguarde { wait-words } e envie a solicitação novamente.
message-too-large = A mensagem tem mais de { $limit } bytes. Envie menos em uma solicitação, por exemplo em várias partes.
file-unreadable = O arquivo não pode ser lido a partir da linha { $line }: { file-problem }
file-too-large = O arquivo é grande demais na linha { $line }: { file-limit } Divida-o em vários arquivos.
cell-invalid = Esta célula não pode ser usada: { cell-problem }
name-unknown = Não há { kind-word } “{ $name }” aqui. Corrija o nome ou crie antes. Existem: { $known }.
row-repeated = O mesmo endereço de e-mail já está na linha { $line }. Deixe só uma das duas linhas.
sign-up-closed = O cadastro está fechado aqui. Peça um convite a um administrador da sua organização.
email-unverified = O endereço de e-mail ainda não foi verificado. Informe o código da mensagem enviada a ele ou peça um novo com ResendVerification.
password-wrong = A senha atual não está correta. Tente novamente ou peça a redefinição da senha.
temporary-password-expired = A senha temporária expirou. Escolha uma senha própria: peça um código com RequestPasswordReset.
temporary-password-not-allowed = Esta instalação cria as senhas temporárias ela mesma e não aceita nenhuma digitada. Deixe a senha de fora.
onboarding-not-allowed =
    Aqui ninguém pode ser adicionado por “{ $onboarding }”. { $allowed ->
        [none_at_all] Aqui nenhum arquivo adiciona ninguém: adicione as pessoas uma a uma.
       *[other] Use uma destas formas: { $allowed }.
    }
permission-not-grantable = { $permission } só vem com as funções do modelo e não pode ser dada de outro modo. Dê uma função que a tenha.
invitation-ended = Este convite não pode mais ser usado; o estado dele é “{ state-word }”. Peça um novo à organização.
inviter-lost-rights = Quem enviou este convite não tem mais os direitos que ele daria. Peça um novo à organização.
sign-in-to-accept = O endereço convidado já tem uma conta. Entre com ela e então aceite o convite.
code-invalid =
    O código está incorreto ou expirou. { $attempts_left ->
        [0] Peça um novo.
        [one] Resta uma tentativa; depois dela, peça um novo.
       *[other] Restam { $attempts_left } tentativas; depois delas, peça um novo.
    }
user-disabled = Esta conta está desativada. Peça a quem opera este serviço que a ative.
deadline-exceeded = A solicitação demorou mais do que o prazo dela permite. Envie-a novamente com o mesmo request_id e um prazo maior.
unavailable = Algo de que o servidor depende não pode ser alcançado no momento. Aguarde { wait-words } e envie a solicitação novamente com o mesmo request_id.
internal = Algo deu errado do nosso lado. Por favor, relate o problema com este id de solicitação: { $request_id }.
method-unknown = Não há um método { $method } aqui. Confira o nome e a versão do seu cliente; a reflexão do servidor lista os métodos existentes.

# Palavras usadas nas mensagens acima. Um valor desconhecido aparece como é.

kind-word =
    { $kind ->
        [user] usuário
        [organization] organização
        [member] membro
        [owner] proprietário
        [invitation] convite
        [ownership_transfer] transferência aberta da propriedade de
        [role] função
        [session] sessão
        [group] grupo
        [tag] etiqueta
        [permission] permissão
        [binding] concessão temporária
        [service_account] conta de serviço
        [api_key] chave de API
       *[other] { $kind }
    }
file-problem =
    { $problem ->
        [utf16] está em UTF-16. Salve como CSV em UTF-8.
        [archive] é uma planilha ou um arquivo compactado. Salve como CSV em UTF-8.
        [mixed_encoding] uma parte está em UTF-8 e outra não. Salve de novo como CSV em UTF-8.
        [nul] há um caractere NUL, que nenhum texto tem. Salve como CSV em UTF-8.
        [unclosed_quote] uma aspa aberta na linha { $detail } nunca é fechada. Feche-a ali, ou escreva-a duas vezes se fizer parte do texto.
        [empty] está vazio. A primeira linha nomeia as colunas, por exemplo: email,nome,funções,tags,grupos.
        [no_email_column] nenhuma coluna se chama email; existem: { $detail }. Chame uma delas de email.
        [column_twice] duas colunas querem dizer o mesmo: { $detail }. Renomeie ou retire uma delas.
       *[other] { $problem } { $detail }.
    }
file-limit =
    { $what ->
        [row_bytes] uma linha tem mais de { $limit } bytes.
        [columns] uma linha tem mais de { $limit } colunas.
        [rows] há mais de { $limit } linhas.
        [atomic_rows] uma importação atômica tem mais de { $limit } linhas, ou linhas longas demais.
       *[other] { $what } tem um limite de { $limit }.
    }
cell-problem =
    { $problem ->
        [email_missing] a linha não tem endereço de e-mail.
        [email_too_long] um endereço tem no máximo 254 caracteres, 64 deles antes do @.
        [email_several] tem um espaço, uma vírgula ou um ponto e vírgula. Escreva um só endereço, como nome@example.org.
        [email_no_at] não tem @. Escreva um endereço como nome@example.org.
        [email_local] o que está antes do @ não é aceito. Use letras ASCII, dígitos e pontos isolados.
        [email_domain] não há domínio válido depois do @. Escreva um como example.org.
        [email_look_alike] o domínio tem caracteres que só parecem comuns. Digite-o de novo.
        [name_missing] a linha não tem nome, e aqui ninguém é adicionado sem um. Escreva-o na coluna de nomes.
        [roles_missing] a linha não indica nenhuma função, e aqui ninguém é adicionado sem uma. Escreva-a na coluna de funções.
        [name_and_roles_missing] a linha não tem nome nem função, e aqui ninguém é adicionado sem eles. Escreva-os nas colunas de nomes e de funções.
        [name_empty] nada dele é visível. Escreva um nome ou deixe a célula vazia.
        [name_too_long] um nome tem no máximo 200 caracteres.
        [name_not_plain] tem quebras de linha, caracteres de controle ou invisíveis. Digite texto simples em uma linha.
        [too_many_values] tem valores demais. São aceitas no máximo 20 funções, 100 tags e 100 grupos.
        [too_many_cells] a linha tem mais células que o cabeçalho. Há um separador dentro de um texto? Ponha esse texto entre aspas.
       *[other] { $problem }.
    }
state-word =
    { $state ->
        [added] adicionado
        [invited] convidado
        [expired] expirado
        [declined] recusado
        [active] ativo
        [suspended] suspenso
        [revoked] revogado
        [accepted] aceito
        [cancelled] cancelado
        [removed] removido
        [withdrawn] retirado
        [replaced] substituído por um mais novo
        [unknown] desconhecido
       *[other] { $state }
    }
event-word =
    { $event ->
        [invite] convidar
        [resend] reenviar
        [accept] aceitar
        [decline] recusar
        [expire] expirar
        [cancel] cancelar
        [revoke] revogar
        [suspend] suspender
        [reactivate] reativar
        [remove] remover
        [leave] sair
        [update_roles] alterar funções
        [set_api_user] ser o usuário da API
        [transfer_ownership] passar a propriedade
        [add_with_password] adicionar com senha temporária
       *[other] { $event }
    }
wait-words =
    { $seconds ->
        [one] { $seconds } segundo
       *[other] { $seconds } segundos
    }

# Respostas de GetSeatUsage.
seats-none-needed = Não é preciso mais nenhum assento.
seats-unlimited = Há quantos assentos você quiser.
seats-enough =
    { $needed ->
        [one] Há assentos suficientes: { $needed } necessário
       *[other] Há assentos suficientes: { $needed } necessários
    }, { $free } livres.
seats-missing =
    { $needed ->
        [one] Não há assentos suficientes: { $needed } necessário
       *[other] Não há assentos suficientes: { $needed } necessários
    }, { $free } livres, { $missing } em falta. Compre mais assentos, remova ou revogue membros, ou cancele convites.

# Respostas de ExplainAccess.
access-by-role = Permitido: { $permission } vem com a função { $by }.
access-by-group = Permitido: { $permission } vem com a função { $by } do grupo { $groups }.
access-by-grant = Permitido: { $permission } foi concedida só a este membro.
access-by-binding = Permitido: { $permission } vem com a função { $by }, dada até { $until }.
access-binding-ended = Não permitido: { $permission } vinha com a função { $by }, dada até { $until }, que já terminou. Estas funções a concederiam: { $roles }.
access-not-granted =
    Não permitido: nenhuma das funções do membro concede { $permission }. { $roles ->
        [none_at_all] Nenhuma função daqui a concederia.
       *[other] Estas concederiam: { $roles }.
    }
access-state = Não permitido: a associação está { state-word }. Só membros ativos podem fazer algo, sejam quais forem as funções.
access-unknown-permission = Não permitido: nenhum catálogo tem a permissão { $permission }. Veja ListPermissions.
access-but-fresh-login = É para quem entrou nos últimos dez minutos: entre de novo antes de usá-la.
access-but-no-seat = Isso ocupa um assento, e nenhum está livre: compre mais assentos, remova ou revogue membros, ou cancele convites.
